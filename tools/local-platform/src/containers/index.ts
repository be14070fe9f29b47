export { containerAnnotation } from '../images/oci.js';
export { buildImage, type ImageRequest } from './build-image.js';
