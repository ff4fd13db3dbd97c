/**
 * ssh2 makes a cipher for each packet and hands it the key as bytes. Node 24 turns these into a key object each time, which took a quarter of the agent's
 * CPU time while bytes flow; here it is made once a key. Imported first, for its effect: ssh2 takes the functions as it is loaded.
 */
import crypto from 'node:crypto';

const keyObjects = new WeakMap<object, crypto.KeyObject>();

function keyObjectOf(key: crypto.CipherKey): crypto.CipherKey {
  if (!Buffer.isBuffer(key)) return key;
  let known = keyObjects.get(key);
  if (!known) keyObjects.set(key, (known = crypto.createSecretKey(key)));
  return known;
}

type MakeCipher<Cipher> = (algorithm: string, key: crypto.CipherKey, iv: crypto.BinaryLike | null, options?: object) => Cipher;

function withKeyObjects<Cipher>(make: MakeCipher<Cipher>): MakeCipher<Cipher> {
  return (algorithm, key, iv, options) => make(algorithm, keyObjectOf(key), iv, options);
}

crypto.createCipheriv = withKeyObjects(crypto.createCipheriv as MakeCipher<crypto.Cipher>) as typeof crypto.createCipheriv;
crypto.createDecipheriv = withKeyObjects(crypto.createDecipheriv as MakeCipher<crypto.Decipher>) as typeof crypto.createDecipheriv;
