/**
 * The units of docs/examples/deploy in a real systemd, unchanged, on a board that answers as the drivers do. The system call
 * filter kills here instead of refusing, so that an agent that lives has made no call outside it.
 */
import { afterAll, beforeAll, beforeEach, describe, expect } from "@jest/globals";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { BOARD_IN_BOX, boxObstacle, needsBox, SystemdBox } from "../support/systemd-box.ts";
import { PROJECT } from "../support/processes.ts";

const EXAMPLES = join(PROJECT, "docs", "examples", "deploy");
const UNITS = ["mctp-lpc-bmc", "mctp-lpc-host"] as const;
/** Where drop-ins are. */
const dropIns = (unit: string): string => `/run/systemd/system/${unit}.service.d`;

let box: SystemdBox;
const status = (unit: string): Promise<string> =>
  box.must(`systemctl show -p ActiveState,StatusText,NRestarts,Result ${unit}`);
const pidOf = async (unit: string): Promise<string> =>
  (await box.must(`systemctl show -p MainPID --value ${unit}`)).trim();
const isUp = (text: string): boolean => /^ActiveState=active$/m.test(text) && /^StatusText=channel up/m.test(text);

async function up(...units: readonly string[]): Promise<void> {
  for (const unit of units) {
    await box.until(`systemctl show -p ActiveState,StatusText ${unit}; tail -n 5 /run/${unit}.log`, isUp);
  }
}

async function start(...units: readonly string[]): Promise<void> {
  await box.must(`systemctl daemon-reload && systemctl start ${units.join(" ")}`);
  await up(...units);
}

if (boxObstacle === undefined) {
  beforeAll(async () => {
    box = await SystemdBox.start();
    cpSync(EXAMPLES, join(box.shared, "examples"), { recursive: true });
    // What root does once, as docs/deploying.md says it.
    await box.must(`
      cd /mnt/examples
      install -D -m 644 -t /etc/systemd/system mctp-lpc-bmc.service mctp-lpc-host.service
      install -D -m 644 mctp-lpc.sysusers.conf /usr/lib/sysusers.d/mctp-lpc.conf
      install -D -m 644 mctp-lpc.tmpfiles.conf /usr/lib/tmpfiles.d/mctp-lpc.conf
      systemd-sysusers mctp-lpc.conf
      useradd --groups mctp-lpc mctp-member`);
    box.leave(`mkdir /run/board && exec node ${BOARD_IN_BOX} /run/board`);
    await box.until("ls /run/board/dev", (names) => names.includes("raw-kcs3"));
    // The board's files where the machine's are. The group of root stands for the one that the udev rule gives the nodes.
    await box.must(`
      mkdir -p /sys/kernel/debug/powerpc/lpc && mount --bind /run/board/dev /sys/kernel/debug/powerpc/lpc
      for node in raw-kcs3 aspeed-lpc-ctrl port; do touch /dev/$node && mount --bind /run/board/dev/$node /dev/$node; done`);
    for (const unit of UNITS) {
      const log = `StandardOutput=append:/run/${unit}.log\\nStandardError=append:/run/${unit}.log`;
      const groups = unit === "mctp-lpc-bmc" ? "SupplementaryGroups=root\\n" : "";
      await box.must(
        `mkdir -p ${dropIns(unit)} && printf '[Service]\\n${groups}SystemCallErrorNumber=\\n${log}\\n' > ${dropIns(unit)}/test.conf`,
      );
    }
  }, 120_000);
  beforeEach(async () => {
    await box.must(`
      systemctl stop ${UNITS.join(" ")}; systemctl reset-failed
      rm -rf /etc/mctp-lpc /etc/systemd/system/*.service.d && mkdir /etc/mctp-lpc
      systemd-tmpfiles --create mctp-lpc.conf; systemctl daemon-reload; rm -f /run/*.log`);
  });
  afterAll(async () => {
    await box.end();
  });
}

describe("the units for raw-kcs: and powernv:", () => {
  needsBox(
    "come up as they are; files go both ways, for members of the group alone, and no right is left",
    async () => {
      await start(...UNITS);
      for (const unit of UNITS) {
        const rights = await box.must(
          `grep -E '^(Uid|CapPrm|CapEff|CapAmb|NoNewPrivs|Seccomp):' /proc/${await pidOf(unit)}/status`,
        );
        const user = (await box.must("id -u mctp-lpc")).trim();
        expect(rights.replaceAll(/[\t ]+/g, " ")).toBe(
          `Uid: ${[user, user, user, user].join(" ")}\n` +
            ["CapPrm", "CapEff", "CapAmb"].map((name) => `${name}: 0000000000000000\n`).join("") +
            "NoNewPrivs: 1\nSeccomp: 2\n",
        );
      }
      await box.must("install -m 644 /usr/bin/node /run/file");
      for (const [from, name] of [
        ["bmc", "a"],
        ["host", "b"],
      ] as const) {
        const sent = await box.must(
          `head -c 1048576 /run/file > /run/${name}; chmod 644 /run/${name}; setpriv --reuid mctp-member --regid mctp-member --init-groups mctp-lpc send-file /run/${name} --control /run/mctp-lpc/${from}.sock`,
        );
        expect(sent).toMatch(/SHA-256 [0-9a-f]{64}, the same at both sides/);
      }
      const stranger = await box.run(
        "setpriv --reuid nobody --regid nogroup --clear-groups mctp-lpc status --control /run/mctp-lpc/bmc.sock",
      );
      expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringMatching(/belongs to another user/)]);
      await box.must(`systemctl stop ${UNITS.join(" ")}`);
      for (const unit of UNITS)
        expect(await status(unit)).toMatch(/Result=success\nNRestarts=0\nActiveState=inactive/m);
    },
  );

  needsBox("start an agent again that was killed, and one that hangs after WatchdogSec", async () => {
    await start(...UNITS);
    for (const [count, signal] of [
      [1, "KILL"],
      [2, "STOP"],
    ] as const) {
      const before = await pidOf("mctp-lpc-bmc");
      await box.must(`kill -${signal} ${before}`);
      await box.until(
        "systemctl show -p ActiveState,StatusText,NRestarts mctp-lpc-bmc",
        (text) => isUp(text) && text.includes(`NRestarts=${String(count)}\n`),
      );
      expect(await pidOf("mctp-lpc-bmc")).not.toBe(before);
    }
    await up("mctp-lpc-host");
  });

  needsBox(
    "do not start an agent again whose options are wrong, and try a device that is missing for a while",
    async () => {
      await box.must("echo OPTIONS=--nonsense > /etc/mctp-lpc/bmc.conf");
      expect((await box.run("systemctl start mctp-lpc-bmc")).code).not.toBe(0);
      expect(await status("mctp-lpc-bmc")).toMatch(/Result=exit-code\nNRestarts=0\nActiveState=failed/);
      expect(await box.must("cat /run/mctp-lpc-bmc.log")).toContain("unknown option '--nonsense'");
      await box.must("echo PLATFORM=raw-kcs:/dev/raw-kcs4 > /etc/mctp-lpc/bmc.conf");
      await box.run("systemctl start mctp-lpc-bmc");
      await box.until("systemctl show -p NRestarts --value mctp-lpc-bmc", (count) => Number(count) >= 2);
      expect(await box.must("cat /run/mctp-lpc-bmc.log")).toContain("/dev/raw-kcs4: it does not exist");
      await box.must("echo PLATFORM=raw-kcs:/dev/raw-kcs3,map=none > /etc/mctp-lpc/bmc.conf");
      await box.until("systemctl show -p ActiveState --value mctp-lpc-bmc", (state) => state === "active\n");
    },
  );
});

describe("the drop-ins", () => {
  async function dropIn(unit: string, file: string, name: string): Promise<void> {
    await box.must(`install -D -m 644 /mnt/examples/${file} /etc/systemd/system/${unit}.service.d/${name}.conf`);
  }

  needsBox("x86.conf: the host's agent on /dev/port and /dev/mem keeps no capability", async () => {
    await dropIn("mctp-lpc-host", "host-x86.conf", "x86");
    await box.must("touch /dev/mem && mount --bind /run/board/dev/mem /dev/mem");
    await box.must("echo PLATFORM=x86:0xca2,window=0x3f00000,size=1M > /etc/mctp-lpc/host.conf");
    await start(...UNITS);
    expect(await box.must(`grep CapEff /proc/${await pidOf("mctp-lpc-host")}/status`)).toMatch(/0{16}/);
    await box.must(`systemctl stop ${UNITS.join(" ")} && umount /dev/mem`);
  });

  needsBox("aspeed-mem.conf: the BMC's agent on /dev/mem gives root up, and keeps no capability", async () => {
    await dropIn("mctp-lpc-bmc", "bmc-aspeed-mem.conf", "aspeed-mem");
    // Memory that is all zero: a channel that is off, and a window that the host has not looked at.
    await box.must("truncate -s 3G /run/memory && touch /dev/mem && mount --bind /run/memory /dev/mem");
    await box.must(
      "echo PLATFORM=aspeed-mem:2,soc=ast2600,lpc=none,window=0xb0000000,map=none > /etc/mctp-lpc/bmc.conf",
    );
    await box.must("systemctl daemon-reload && systemctl start mctp-lpc-bmc || ! cat /run/mctp-lpc-bmc.log");
    expect(await status("mctp-lpc-bmc")).toMatch(/ActiveState=active/);
    const rights = await box.must(`grep -E '^(Uid|CapEff)' /proc/${await pidOf("mctp-lpc-bmc")}/status`);
    expect(rights).toMatch(/CapEff:\s+0{16}/);
    expect(rights).not.toMatch(/Uid:.*\t0\b/);
    await box.must("systemctl stop mctp-lpc-bmc; umount /dev/mem");
  });
});
