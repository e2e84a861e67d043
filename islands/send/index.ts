// `<haruka-send>`: sends the files of one bundle, each going on where it broke off, and then posts the form around them (DL-20).
//
// Inside it stands a form that works without script: a file input, what is said of the files, a button. Attributes: `lang`;
// `purpose` and `case`, told with each upload; `csrf`, the form token; `to`, the address that takes the form when all files
// are there (their ids as `file`); `waiting`, ids of files that are there already and in no bundle; `bytes-max` of one file,
// `files-max` of a bundle. It speaks tus 1.0 with `/files`, and keeps nothing in the browser: how far a file has come, and
// by what it is known again, lies with the server alone.
import '../lib/base.css';
import './send.css';
import { Send } from './send';

export class HarukaSend extends HTMLElement {
  private send: Send | undefined;

  connectedCallback(): void {
    const [form, input] = [this.querySelector('form'), this.querySelector<HTMLInputElement>('input[type="file"]')];
    if (form && input && !this.send) this.send = new Send(this, form, input);
  }

  disconnectedCallback(): void {
    this.send?.close();
    this.send = undefined;
  }
}

if (!customElements.get('haruka-send')) customElements.define('haruka-send', HarukaSend);
