// What the reader answers while looking at the pattern: the whole-image test of a working day (TR-13).

export interface Question {
  name: string;
  ja: string;
  en: string;
}

export const QUESTIONS: readonly Question[] = [
  { name: 'steps', ja: '18段の濃淡が、すべて違う明るさに見えますか。', en: 'Do all 18 steps differ in brightness?' },
  { name: 'corners', ja: 'どの段の四隅にも、うすい小さな四角が見えますか。', en: 'Do you see the faint small squares in the corners of every step?' },
  { name: 'ends', ja: '黒の中の5%と、白の中の95%の四角が見えますか。', en: 'Do you see the 5 % square in black and the 95 % square in white?' },
  { name: 'words', ja: '3か所の文字が、うすくなりながら最後の近くまで読めますか。', en: 'Can you read the three fading words nearly to their ends?' },
  { name: 'ramps', ja: '左右の帯は、しまや段がなく、なめらかですか。', en: 'Are the ramps at both sides smooth, without bands?' },
  { name: 'lines', ja: '細かい線は、すみずみまで一本ずつ分かれて見えますか。', en: 'Are the fine lines apart everywhere, to the corners?' },
  { name: 'geometry', ja: '格子はゆがみなく真っすぐで、四辺がすべて見えますか。', en: 'Is the grid straight, and all four sides visible?' },
  { name: 'clean', ja: '画面に汚れ、むら、映り込み、点の欠けはありませんか。', en: 'Is the screen free of dirt, unevenness, reflections and dead pixels?' },
];

export type Answers = Readonly<Record<string, boolean>>;

/** Passed only when every question was answered, and with yes; `undefined` while one is open. */
export function verdict(answers: Answers): boolean | undefined {
  if (QUESTIONS.some((it) => answers[it.name] === undefined)) return undefined;
  return QUESTIONS.every((it) => answers[it.name]);
}
