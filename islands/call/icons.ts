// Line drawings on a 24-pixel square, our own; each stands beside its word.
import { icon } from '../lib/dom';

export const icons = {
  microphone: () => icon('M9 5a3 3 0 0 1 6 0v6a3 3 0 0 1-6 0z', 'M5 11a7 7 0 0 0 14 0', 'M12 18v4'),
  microphoneOff: () => icon('M9 5a3 3 0 0 1 6 0v6a3 3 0 0 1-6 0z', 'M5 11a7 7 0 0 0 14 0', 'M12 18v4', 'M3 3l18 18'),
  camera: () => icon('M3 7h12v10H3z', 'M15 11l6-4v10l-6-4'),
  cameraOff: () => icon('M3 7h12v10H3z', 'M15 11l6-4v10l-6-4', 'M3 3l18 18'),
  flip: () => icon('M4 9a8 8 0 0 1 14-3l2 2', 'M20 3v5h-5', 'M20 15a8 8 0 0 1-14 3l-2-2', 'M4 21v-5h5'),
  tooth: () => icon('M7 3c2 0 3 1 5 1s3-1 5-1c3 0 4 3 3 7s-2 11-4 11-2-6-4-6-2 6-4 6-3-7-4-11 0-7 3-7z'),
  screen: () => icon('M3 4h18v12H3z', 'M8 21h8', 'M12 16v5'),
  chat: () => icon('M4 5h16v11H10l-6 4z', 'M8 9h8', 'M8 12h5'),
  leave: () => icon('M10 4H5v16h5', 'M14 8l4 4-4 4', 'M18 12H9'),
  phone: () => icon('M6 3h4l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 4 5a2 2 0 0 1 2-2z'),
  again: () => icon('M4 12a8 8 0 1 0 3-6', 'M4 3v5h5'),
  large: () => icon('M4 9V4h5', 'M20 9V4h-5', 'M4 15v5h5', 'M20 15v5h-5'),
};
