import { readFile } from 'node:fs/promises';
import { replaceFile } from './atomic-file.js';
import { type DeliveryReport, deliverySchema } from './delivery-report.js';

/** The figures that were sent last. */
export class DeliveryFile {
  private constructor(
    /** None: in memory only. */
    private readonly file: string | undefined,
    private report: DeliveryReport | undefined,
  ) {}

  static inMemory(): DeliveryFile {
    return new DeliveryFile(undefined, undefined);
  }

  /** A file that cannot be read is left out: the next deploy sends the figures again. */
  static async open(file: string): Promise<DeliveryFile> {
    const text = await readFile(file, 'utf8').catch(() => 'null');
    return new DeliveryFile(file, parsed(text));
  }

  read(): DeliveryReport | undefined {
    return this.report;
  }

  /** @throws Error when it cannot be written */
  async replace(report: DeliveryReport): Promise<void> {
    if (this.file !== undefined) await replaceFile(this.file, JSON.stringify(report));
    this.report = report;
  }
}

function parsed(text: string): DeliveryReport | undefined {
  try {
    return deliverySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
