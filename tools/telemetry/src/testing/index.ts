export {
  type Answers,
  type AttributeValues,
  type OtlpReceiver,
  type ReceivedPoint,
  type ReceivedSpan,
  startOtlpReceiver,
} from './otlp-receiver.js';
