// Why a picture, a study or a reconstruction is not shown, in words that a reader can act on.
import type { Say } from '../lib/words';
import { Unanswered } from './dicomweb';
import type { Fault } from './digests';
import type { Body } from './series';

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

/** Why a stack cannot be cut anew; empty when it can. */
export function bodyFault(body: Body, say: Say): string {
  switch (body.kind) {
    case 'flat':
      return say('このシリーズは立体ではないため、再構成できません。', 'This series is no volume.');
    case 'uneven':
      return say(`スライスの間隔がそろっていません(${body.after} 枚目のあと)。欠けている恐れがあるため、再構成しません。`, `Slices are unevenly spaced after image ${body.after}; one may be missing, so nothing is reconstructed.`);
    case 'tilted':
      return say('傾けて撮影されたシリーズのため、再構成するとゆがみます。', 'The stack is tilted; a reconstruction would be sheared.');
    case 'body':
      return '';
  }
}

/** Why a whole study is not shown. */
export function whyNot(error: unknown, say: Say): string {
  const status = error instanceof Unanswered ? error.status : 0;
  if (status === 401 || status === 403) return say('サインインの期限が切れたか、この画像を見る権限がありません。ページを開き直してください。', 'Your session has ended, or you may not see these images. Open the page again.');
  if (status === 404) return say('この検査は見つかりません。', 'There is no such study.');
  if (error instanceof TypeError && error.message === 'no list of digests') return say('画像を確かめるための一覧を受け取れなかったため、画像を表示しません。', 'The list for checking the images did not come, so none is shown.');
  return say('検査の目録を受け取れませんでした。通信を確かめて、ページを開き直してください。', 'The catalogue could not be fetched. Check the network and open the page again.');
}
