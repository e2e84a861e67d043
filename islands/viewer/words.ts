// Why a picture is not shown, in words that a reader can act on.
import type { Say } from '../lib/words';
import type { Fault } from './digests';

export function faultWords(fault: Fault, say: Say): string {
  switch (fault) {
    case 'changed':
      return say('取り込んだときの画像と中身が違います。途中で書き換わったか、壊れています。', 'Not what was taken in: it was altered or damaged on the way.');
    case 'swapped':
      return say('別の画像の中身が届きました。入れ替わっています。', 'The content of another image came: the two were swapped.');
    case 'extra':
      return say('取り込みの記録にない画像です。', 'This image is not in the record of what was taken in.');
    case 'missing':
      return say('取り込んだはずの画像がありません。', 'An image that was taken in is missing.');
    case 'unreadable':
      return say('DICOM画像として読めません。', 'It cannot be read as a DICOM image.');
    case 'described':
      return say('目録の記載(位置・大きさなど)が画像の中身と合いません。', 'The catalogue (position, size …) does not match the file.');
    case 'unreached':
      return say('サーバーから受け取れませんでした。通信を確かめて、もう一度お試しください。', 'It could not be fetched. Check the network and try again.');
    case 'undecoded':
      return say('このブラウザーでは画像を展開できません。', 'This browser cannot decode the image.');
  }
}

/** What to do about it. */
export function faultHelp(fault: Fault, say: Say): string {
  switch (fault) {
    case 'unreached':
    case 'undecoded':
      return '';
    default:
      return say('この画像は表示しません。読影を止めて、画像の管理者に知らせてください。', 'It is not shown. Stop reading and tell the person in charge of the images.');
  }
}
