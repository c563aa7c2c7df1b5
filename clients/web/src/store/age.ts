/** The part of age that an export needs, so that a bundler takes no more of it (age-encryption.org/v1). */
export { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
