// Passkeys: asks the device, writes its answer into the form and sends the form. Nothing is fetched and nothing is kept:
// the options come in the element's attributes, the answer goes the way of every other form.
// Does not judge the answer: the server does.

type Json = { [key: string]: unknown };

/** Bytes of base64url text, as WebAuthn's JSON writes them. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (it) => it.charCodeAt(0));
}

/** Bytes as base64url text without padding. */
export function text(buffer: ArrayBuffer): string {
  const plain = Array.from(new Uint8Array(buffer), (it) => String.fromCharCode(it)).join('');
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** The options of the server with bytes where the browser wants bytes. */
export function withBytes(options: Json): Json {
  const read = (value: unknown, key: string): unknown => {
    if (typeof value === 'string' && (key === 'challenge' || key === 'id')) return bytes(value);
    return value;
  };
  const list = (value: unknown): unknown =>
    Array.isArray(value) ? value.map((it: Json) => ({ ...it, id: read(it['id'], 'id') })) : value;
  const key = { ...(options['publicKey'] as Json) };
  key['challenge'] = read(key['challenge'], 'challenge');
  // A relying party's id is a host name; only the person's id is bytes.
  if (key['user']) key['user'] = { ...(key['user'] as Json), id: read((key['user'] as Json)['id'], 'id') };
  if (key['excludeCredentials']) key['excludeCredentials'] = list(key['excludeCredentials']);
  if (key['allowCredentials']) key['allowCredentials'] = list(key['allowCredentials']);
  return { publicKey: key };
}

/** The host name that the options are for. */
export function hostOf(options: Json): string {
  const key = (options['publicKey'] ?? {}) as Json;
  const host = key['rpId'] ?? ((key['rp'] ?? {}) as Json)['id'];
  return typeof host === 'string' ? host : '';
}

/** The device's answer as the server reads it. */
export function answer(made: PublicKeyCredential): Json {
  const all = { id: made.id, rawId: text(made.rawId), type: made.type, extensions: {} };
  const client = text(made.response.clientDataJSON);
  if ('attestationObject' in made.response) {
    const response = made.response as AuthenticatorAttestationResponse;
    return {
      ...all,
      response: {
        attestationObject: text(response.attestationObject),
        clientDataJSON: client,
        transports: response.getTransports?.() ?? [],
      },
    };
  }
  const response = made.response as AuthenticatorAssertionResponse;
  return {
    ...all,
    response: {
      authenticatorData: text(response.authenticatorData),
      clientDataJSON: client,
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

class Passkey extends HTMLElement {
  #stop = new AbortController();

  connectedCallback(): void {
    this.#stop = new AbortController();
    const form = this.querySelector('form');
    if (!form) return;
    const trouble = !('PublicKeyCredential' in window) ? 'missing' : this.#isElsewhere() ? 'elsewhere' : '';
    if (trouble) {
      this.#say(this.getAttribute(trouble));
      form.hidden = true;
      return;
    }
    form.addEventListener('submit', (event) => void this.#ask(event, form), { signal: this.#stop.signal });
  }

  disconnectedCallback(): void {
    this.#stop.abort();
  }

  /** A passkey belongs to one host name, and this page may have been opened by another. */
  #isElsewhere(): boolean {
    const host = hostOf(JSON.parse(this.getAttribute('options') ?? '{}') as Json);
    return host !== '' && location.hostname !== host && !location.hostname.endsWith(`.${host}`);
  }

  async #ask(event: Event, form: HTMLFormElement): Promise<void> {
    event.preventDefault();
    const field = form.querySelector<HTMLInputElement>('input[name="answer"]');
    if (!field) return;
    this.#say('');
    try {
      const options = withBytes(JSON.parse(this.getAttribute('options') ?? '{}') as Json);
      const asked = { ...options, signal: this.#stop.signal };
      const made =
        this.getAttribute('what') === 'create'
          ? await navigator.credentials.create(asked as CredentialCreationOptions)
          : await navigator.credentials.get(asked as CredentialRequestOptions);
      field.value = JSON.stringify(answer(made as PublicKeyCredential));
      form.submit();
    } catch {
      // Given up, not this device, too late: the person may try again or take another way on the page.
      this.#say(this.getAttribute('failed'));
    }
  }

  #say(words: string | null): void {
    const state = this.querySelector('.state');
    if (state) state.textContent = words ?? '';
  }
}

if (typeof customElements !== 'undefined') customElements.define('haruka-passkey', Passkey);
