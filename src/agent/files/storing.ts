/**
 * What becomes of a file that has come whole: it is read back, made durable, and given its name. The peer is told that it
 * is stored after the last of these, not before.
 */
import { asErrorWithCode } from "./trouble.ts";
import type { Transfer } from "./open-transfers.ts";

/** `different`: the bytes on the disk are not those that were announced; without a digest their number is another. */
export type Stored =
  | { readonly outcome: "stored"; readonly digest: Buffer; readonly isReplacement: boolean }
  | { readonly outcome: "different"; readonly digest: Buffer | undefined };

/**
 * Stores the file of a transfer and closes its descriptor. Throws what the system says. The partial file is gone then
 * unless it may be gone on from.
 */
export async function store({ inbox, partial, file, peer, name, size, sha256 }: Transfer): Promise<Stored> {
  try {
    const digest = await file.finish(size).catch((error: unknown) => {
      // Once a sync has failed the system takes the bytes for written, and what cannot be read is not there: a later Close
      // would find nothing wrong with them.
      inbox.partials.discard(partial);
      throw error;
    });
    checkInPlace(inbox.isInPlace);
    if (digest?.toString("hex") !== sha256 || !inbox.partials.leadsTo(partial, file.fd)) {
      inbox.partials.discard(partial);
      return { outcome: "different", digest };
    }
    const replacedBytes = await inbox.giveName(partial, peer, name, size);
    checkInPlace(inbox.isInPlace);
    return { outcome: "stored", digest, isReplacement: replacedBytes !== undefined };
  } catch (error) {
    inbox.partials.removeIfFull(partial, error);
    throw error;
  } finally {
    file.close();
  }
}

/** A file in a folder that was moved away is not where its user looks for it. */
function checkInPlace(isInPlace: boolean): void {
  if (!isInPlace) throw asErrorWithCode("ESTALE");
}
