// Names that a browser gives to its own things (chat messages); never a secret.

/** 16 random bytes as 32 hexadecimal digits. */
export function newKey(): string {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (it) => it.toString(16).padStart(2, '0')).join('');
}
