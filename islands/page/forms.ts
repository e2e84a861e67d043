// Forms: sent once, guarded while they hold what is not saved, and led to the first fault when they come back.

import { t } from './words';

/** Milliseconds after which a form may be sent again: an answer that is a file leaves the page where it is. */
const AGAIN_MS = 8000;

const changed = new Set<HTMLFormElement>();
const sent = new Set<HTMLFormElement>();

export function watchForms(): void {
  showFaults();
  document.addEventListener('input', (event) => {
    const form = (event.target as HTMLInputElement | null)?.form;
    if (form && form.method === 'post') changed.add(form);
  });
  // An island has sent what was typed, or could not, and leaves the form where it is.
  document.addEventListener('haruka-unsaved', (event) => changed.add(event.target as HTMLFormElement));
  document.addEventListener('haruka-saved', (event) => changed.delete(event.target as HTMLFormElement));
  // An island that takes over a form has refused it by the time it bubbles up to here.
  document.addEventListener('submit', send);
  addEventListener('beforeunload', (event) => {
    const kept = [...changed].some((form) => form.isConnected && !sent.has(form));
    if (kept) {
      event.preventDefault();
      // Browsers before 2023 ask only when this is set.
      event.returnValue = true;
    }
  });
  // Back from the next page: the form is as it was and may be sent again.
  addEventListener('pageshow', (event) => {
    if (event.persisted) for (const form of [...sent]) release(form);
  });
  // A form that waited behind a closed door goes by itself; a press, not `requestSubmit`, which old phones lack.
  document.querySelector<HTMLElement>('form[data-at-once] button')?.click();
}

function send(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (event.defaultPrevented) return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  for (const button of buttons(form)) button.setAttribute('aria-disabled', 'true');
  say(form, t('送信しています。このままお待ちください。', 'Sending. Please wait.'));
  setTimeout(() => release(form), AGAIN_MS);
}

function release(form: HTMLFormElement): void {
  sent.delete(form);
  changed.delete(form);
  for (const button of buttons(form)) button.removeAttribute('aria-disabled');
  say(form, '');
}

function buttons(form: HTMLFormElement): Element[] {
  return [...form.elements].filter((it) => it.matches('button, input[type="submit"]'));
}

/** One line under the form that a screen reader hears. Only where there is a real button: switches stay quiet. */
function say(form: HTMLFormElement, words: string): void {
  if (!form.querySelector('.button')) return;
  let line = form.querySelector<HTMLElement>(':scope > .sending');
  if (!line) {
    line = document.createElement('p');
    line.className = 'sending';
    line.setAttribute('role', 'status');
    form.append(line);
  }
  // A frame later: a region that is new and full at once is not read.
  requestAnimationFrame(() => {
    if (line) line.textContent = words;
  });
}

/** The summary gets the focus and the names of the fields; its links lead into the fields. */
function showFaults(): void {
  const summary = document.getElementById('faults');
  if (!summary) return;
  document.title = `${t('要修正', 'To mend')}: ${document.title}`;
  for (const link of summary.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')) {
    const field = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    const name = field && nameOf(field);
    if (name) link.textContent = `${name}${t('：', ': ')}${link.textContent ?? ''}`;
    link.addEventListener('click', (event) => {
      if (!field) return;
      event.preventDefault();
      (field.closest('.field') ?? field).scrollIntoView({ block: 'center' });
      field.focus({ preventScroll: true });
    });
    // What came back is not saved anywhere yet.
    const form = (field as HTMLInputElement | null)?.form;
    if (form) changed.add(form);
  }
  summary.focus();
}

function nameOf(field: HTMLElement): string {
  const legend = field.closest('fieldset')?.querySelector('legend');
  const label = legend ?? document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
  if (!label) return '';
  const copy = label.cloneNode(true) as Element;
  for (const need of copy.querySelectorAll('.need')) need.remove();
  return (copy.textContent ?? '').trim();
}
