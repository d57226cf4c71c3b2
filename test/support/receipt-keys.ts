import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { type PaymentReceived, type ReceiptKey, receiptStatement } from "#domain/signed-receipt";

/** RFC 8032, 7.1, tests 1 and 2: private keys, and the public keys that belong to them. */
export const RFC_8032 = [
  {
    seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  },
  {
    seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  },
] as const;

/** A key as Node's own cryptography has it, which shares no code with ours. */
export class NodeKey {
  readonly kid: string;
  readonly seed: Buffer;
  readonly #private: KeyObject;

  constructor(kid: string, seedHex: string) {
    this.kid = kid;
    this.seed = Buffer.from(seedHex, "hex");
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), this.seed]);
    this.#private = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  }

  /** As `RECEIPT_SIGNING_KEYS` has it. */
  get setting(): string {
    return `${this.kid}:${this.seed.toString("base64")}`;
  }

  get listed(): ReceiptKey {
    const { x = "" } = createPublicKey(this.#private).export({ format: "jwk" });
    return { kid: this.kid, kty: "OKP", crv: "Ed25519", x };
  }

  receipt(payment: Omit<PaymentReceived, "keyId">): string {
    const statement = receiptStatement({ ...payment, keyId: this.kid });
    return `${statement}.${sign(null, Buffer.from(statement), this.#private).toString("base64url")}`;
  }
}
