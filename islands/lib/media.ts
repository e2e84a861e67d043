// Opening camera and microphone, in steps from what we want to what there is. Phones report "not found" for cameras that
// are only busy or whose constraints they cannot read, so a refusal of constraints is not the end.
import type { Say } from './words';

export interface Wanted {
  /** A certain camera, or the one that faces the person. */
  camera?: string;
  microphone?: string;
  facing?: 'user' | 'environment';
  width: number;
  height: number;
  frames: number;
  picture: boolean;
  sound: boolean;
}

export interface Opened {
  stream: MediaStream;
  /** Why there is no picture although one was wanted; the name of the last error. */
  missing: string;
}

const SOUND: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** What to ask for, one after another: exact, ideal, anything, sound only. */
export function attempts(wanted: Wanted): MediaStreamConstraints[] {
  const { width, height, frames } = wanted;
  const sound = (exact: boolean): MediaTrackConstraints | boolean => {
    if (!wanted.sound) return false;
    if (!wanted.microphone) return SOUND;
    return { ...SOUND, deviceId: exact ? { exact: wanted.microphone } : { ideal: wanted.microphone } };
  };
  const size = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frames } };
  const list: MediaStreamConstraints[] = [];
  if (wanted.picture) {
    const exact: MediaTrackConstraints = wanted.camera
      ? { ...size, deviceId: { exact: wanted.camera } }
      : { width: { min: 320, ideal: width }, height: { min: 180, ideal: height }, frameRate: { ideal: frames, max: 30 }, facingMode: wanted.facing ?? 'user' };
    const ideal: MediaTrackConstraints = wanted.camera
      ? { ...size, deviceId: { ideal: wanted.camera } }
      : { facingMode: { ideal: wanted.facing ?? 'user' } };
    list.push({ video: exact, audio: sound(true) }, { video: ideal, audio: sound(false) }, { video: true, audio: wanted.sound });
  }
  if (wanted.sound) list.push({ video: false, audio: wanted.picture ? true : sound(true) }, { video: false, audio: true });
  return list;
}

/** Whether another constraint may help after this error. A person's "no" is final. */
export function mayRetry(name: string): boolean {
  return name !== 'NotAllowedError' && name !== 'SecurityError' && name !== 'TypeError';
}

/** Opens the best there is. Rejects with the first error that no constraint can mend, or the last. */
export async function openMedia(wanted: Wanted): Promise<Opened> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices?.getUserMedia) throw new DOMException('no camera interface', 'SecurityError');
  let last: unknown;
  let missing = '';
  for (const constraints of attempts(wanted)) {
    try {
      const stream = await devices.getUserMedia(constraints);
      const noPicture = wanted.picture && stream.getVideoTracks().length === 0;
      return { stream, missing: noPicture ? missing || 'NotFoundError' : '' };
    } catch (error) {
      last = error;
      missing = errorName(error);
      if (!mayRetry(missing)) break;
    }
  }
  throw last;
}

export function errorName(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : 'Error';
}

export interface Device {
  id: string;
  name: string;
}

/** The cameras or microphones of this computer; named only after the person has allowed one. */
export async function devicesOf(kind: 'videoinput' | 'audioinput' | 'audiooutput', t: Say): Promise<Device[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  const names = { videoinput: t('カメラ', 'Camera'), audioinput: t('マイク', 'Microphone'), audiooutput: t('スピーカー', 'Speaker') };
  return all
    .filter((it) => it.kind === kind)
    .map((it, place) => ({ id: it.deviceId, name: it.label || `${names[kind]} ${place + 1}` }));
}

export function stop(stream: MediaStream | undefined): void {
  stream?.getTracks().forEach((it) => it.stop());
}

export type Platform = 'ios' | 'android' | 'other';

export function platformOf(agent: string, touchPoints: number): Platform {
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1)) return 'ios';
  return /Android/.test(agent) ? 'android' : 'other';
}

/** What to do when camera or microphone do not open. One sentence what is the matter, then what to press. */
export function helpFor(name: string, platform: Platform, t: Say): { what: string; steps: string[] } {
  switch (name) {
    case 'NotAllowedError':
      return {
        what: t('カメラとマイクの使用が許可されていません。', 'The camera and the microphone are not allowed.'),
        steps: allowSteps(platform, t),
      };
    case 'NotFoundError':
    case 'OverconstrainedError':
      return {
        what: t('カメラまたはマイクが見つかりません。', 'No camera or microphone was found.'),
        steps: [
          t('カメラやマイクがつながっているか、ふたが閉じていないかを確認してください。', 'Check that the camera and microphone are connected and not covered.'),
          t('ほかのカメラのアプリをすべて閉じてください。', 'Close all other apps that use the camera.'),
          t('そのあと「もう一度ためす」を押してください。', 'Then press "Try again".'),
        ],
      };
    case 'NotReadableError':
    case 'AbortError':
      return {
        what: t('カメラまたはマイクを、ほかのアプリが使っています。', 'Another app is using the camera or the microphone.'),
        steps: [
          t('電話、LINE、Zoomなどの通話を終え、アプリを閉じてください。', 'End calls and close apps such as LINE or Zoom.'),
          t('そのあと「もう一度ためす」を押してください。', 'Then press "Try again".'),
          t('それでも使えないときは、機器を再起動してください。', 'If it still fails, restart the device.'),
        ],
      };
    default:
      return {
        what: t('この画面ではカメラとマイクを使えません。', 'This page cannot use the camera and the microphone.'),
        steps: [
          t('LINEなどのアプリの中で開いているときは、SafariかChromeで開き直してください。', 'If you opened this inside an app such as LINE, open it in Safari or Chrome instead.'),
          t('ブラウザーを最新の版に更新してください。', 'Update your browser.'),
        ],
      };
  }
}

function allowSteps(platform: Platform, t: Say): string[] {
  const again = t('そのあと「もう一度ためす」を押してください。', 'Then press "Try again".');
  switch (platform) {
    case 'ios':
      return [
        t('画面の上か下にある「ぁあ」（または四角いマーク）を押してください。', 'Press "AA" (or the square mark) in the address bar.'),
        t('「Webサイトの設定」を開き、カメラとマイクを「許可」にしてください。', 'Open "Website Settings" and set Camera and Microphone to "Allow".'),
        again,
      ];
    case 'android':
      return [
        t('アドレスの左にあるマークを押し、「権限」を開いてください。', 'Press the mark left of the address and open "Permissions".'),
        t('カメラとマイクを「許可」にしてください。', 'Set Camera and Microphone to "Allow".'),
        again,
      ];
    default:
      return [
        t('アドレスの左にあるマークを押してください。', 'Press the mark left of the address.'),
        t('カメラとマイクを「許可」にしてください。', 'Set Camera and Microphone to "Allow".'),
        again,
      ];
  }
}
