// The worker in which pictures are decoded. Its codecs are WebAssembly from our own address, loaded when a picture needs them.
import '../node_modules/@cornerstonejs/dicom-image-loader/dist/esm/decodeImageFrameWorker.js';
