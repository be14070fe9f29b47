/*
 * The exports for a program that deploys to the platform: everything but the server, whose web framework alone takes as
 * long to load as a deploy takes to run.
 */
export { Beside, type BesideOptions } from '../development/run-beside.js';
export { ensurePlatform, type EnsureOptions, type RunningPlatform } from '../start-stop/ensure.js';
export { ImageError, imageStoreOf, type ImageConfig, type ImageStore } from '../images/image-store.js';
export { readPlatform, type PlatformRecord } from '../start-stop/platform-record.js';
export type { RaisedAlert, Restarts } from '../page/answers.js';
export { readAlerts, readRestarts } from './read-page.js';
export type { DeliveryReport } from '../state/delivery-report.js';
export { sendDelivery } from './send-delivery.js';
export { serviceProcesses, type ServiceProcess } from './service-processes.js';
export { mapRepository } from '../sources/repositories.js';
export { stopPlatform } from '../start-stop/stop.js';
