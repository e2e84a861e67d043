// `<haruka-viewer>`: the pictures of one study, and of earlier ones beside them, for a diagnosis.
//
// Attributes: `root`, the DICOMweb root (default `/dicom-web`); `study`, its UID; `digests`, the address of the list of
// SHA-256 digests of that study's data sets (`{"<SOP instance UID>": "<hex>"}`); `priors`, earlier studies as JSON
// (`[{"study": …, "digests": …, "label": …}]`); `lang`. Events: `haruka-marks` (measurements and key images, whenever they
// change), `haruka-refused` (an instance that is not shown, and why), `haruka-shown` (a series was opened), `haruka-here` (where
// the person is and points). `go` and `finger` show what somebody else shows and points at. It fetches only
// from `root` and the lists, keeps nothing in the browser, and forgets everything when it leaves the page.
import '../lib/dark.css';
import './viewer.css';
import type { Pointing } from '../lib/wire';
import type { Went } from './shared';
import { Viewer } from './viewer';

export class HarukaViewer extends HTMLElement {
  private viewer: Viewer | undefined;

  connectedCallback(): void {
    this.viewer = new Viewer(this);
  }

  disconnectedCallback(): void {
    this.viewer?.close();
    this.viewer = undefined;
    this.replaceChildren();
  }

  /** Goes to a picture that somebody else shows. */
  async go(to: Pointing): Promise<Went> {
    return this.viewer?.shared.go(to) ?? 'unknown';
  }

  /** Draws where somebody else points. */
  finger(person: string, name: string, place: Pointing | undefined): void {
    this.viewer?.shared.finger(person, name, place);
  }

  /** Measurements and key images as they are now. */
  get marks(): unknown {
    return this.viewer?.given;
  }
}

if (!customElements.get('haruka-viewer')) customElements.define('haruka-viewer', HarukaViewer);
