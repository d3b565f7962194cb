/** Attacks of other local users and of files that were planted: each is refused in words, and nothing is changed. */
import { BOARD_ATTACKS } from "./local/board-attacks.ts";
import { FILE_ATTACKS } from "./local/file-attacks.ts";
import { FOLDER_ATTACKS } from "./local/folder-attacks.ts";
import { INBOX_ATTACKS } from "./local/inbox-attacks.ts";
import type { LocalAttack } from "./local/planting.ts";

export const LOCAL_ATTACKS: readonly LocalAttack[] = [
  ...INBOX_ATTACKS,
  ...BOARD_ATTACKS,
  ...FILE_ATTACKS,
  ...FOLDER_ATTACKS,
];
