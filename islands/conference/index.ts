// `<haruka-conference>`: a call between colleagues and the pictures of a case, side by side on one page.
//
// Its children are a `<haruka-call kind="conference">`, a `<haruka-viewer>`, and an element with `data-tools` for its switch and its
// line. It carries places from one to the other: where the person here is and points goes over the call, and where the others
// are is shown in the viewer. It fetches nothing.
import './conference.css';
import { Conference } from './conference';

export class HarukaConference extends HTMLElement {
  private conference: Conference | undefined;

  connectedCallback(): void {
    this.conference = new Conference(this);
  }

  disconnectedCallback(): void {
    this.conference?.close();
    this.conference = undefined;
  }
}

if (!customElements.get('haruka-conference')) customElements.define('haruka-conference', HarukaConference);
