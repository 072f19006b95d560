import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const NAME = "heed-test";

function mount(folder: string, options: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", options, NAME, folder]).status === 0;
}

/** A file system of its own, in memory. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), "heed-disk-"));

  /** Changes its options, such as "size=8m" or "ro". False where it is busy. */
  change(options: string): boolean {
    return mount(this.folder, `remount,${options}`);
  }

  /** Undefined where mounting is not allowed. */
  static open(options: string): SmallDisk | undefined {
    const disk = new SmallDisk();
    if (mount(disk.folder, options)) return disk;
    rmdirSync(disk.folder);
    return undefined;
  }

  close(): void {
    spawnSync("umount", [this.folder]);
    rmdirSync(this.folder);
  }
}

/** Whether this machine lets a test mount a file system. */
export function canMount(): boolean {
  const disk = process.platform === "linux" ? SmallDisk.open("size=1m") : undefined;
  disk?.close();
  return disk !== undefined;
}

/** A file system for one test. */
export function smallDisk(options: string): SmallDisk {
  const disk = SmallDisk.open(options)!;
  onTestFinished(() => disk.close());
  return disk;
}
