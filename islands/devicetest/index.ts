// `<haruka-devicetest>`: camera, movement, colour, microphone, speaker and relay, one step at a time, each repeatable.
//
// Attributes: `lang`; `ice`, the relays as JSON (`{"servers":[…]}`; without servers the test says so and goes on); `post`, an
// address of our own that takes the result as a form (`result` holds JSON, `_token` and `_key` are the attributes `csrf` and
// `key`); `phone`, the clinic's number. A child with `slot="after"` is shown below the summary. Event: `haruka-tested`.
import '../lib/base.css';
import './devicetest.css';
import { DeviceTest } from './test';

export class HarukaDeviceTest extends HTMLElement {
  private test: DeviceTest | undefined;
  private inside: ChildNode[] | undefined;

  connectedCallback(): void {
    this.inside ??= Array.from(this.childNodes);
    this.test = new DeviceTest(this);
  }

  disconnectedCallback(): void {
    this.test?.close();
    this.test = undefined;
    if (this.inside) this.replaceChildren(...this.inside);
  }
}

if (!customElements.get('haruka-devicetest')) customElements.define('haruka-devicetest', HarukaDeviceTest);
