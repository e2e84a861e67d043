// Why a level is not shown. Apart from the unpacking itself, which only the worker may load.

export type Fault = 'unreached' | 'foreign' | 'damaged' | 'announced';

export class Unfit extends Error {
  constructor(
    readonly fault: Fault,
    message: string,
  ) {
    super(message);
  }
}
