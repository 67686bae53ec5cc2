import type { SkyFrame } from "../sky-frame.js";
import type { VotableField } from "./votable-fields.js";

type Attributes = Readonly<Record<string, string>>;

/** The coordinate systems of a VOTable (COOSYS, section 3.3) and who names them. */
export class VotableFrames {
  private readonly systems = new Map<string, SkyFrame>();
  /** Groups that name a system, with the fields they list. */
  private readonly groups: { ref: string; fields: string[] }[] = [];

  system({ ID, system = "", equinox = "" }: Attributes): void {
    this.systems.set(ID ?? `number ${this.systems.size}`, { name: system.toUpperCase(), equinox });
  }

  group(ref: string): void {
    this.groups.push({ ref, fields: [] });
  }

  /** A field that the group opened last lists. */
  member(ref: string): void {
    this.groups.at(-1)?.fields.push(ref);
  }

  /**
   * The frame of a field: that of its UCD where it says galactic, ecliptic or supergalactic; of the system that it or
   * a group of it names; and where no field names any, of the one equatorial system there is.
   */
  of(field: VotableField, fields: readonly VotableField[]): SkyFrame | null {
    const [, byUcd] =
      /\bpos[._](galactic|supergalactic|ecliptic|gal|ec)\b/i.exec(field.ucd.replaceAll("_", ".")) ?? [];
    if (byUcd) return { name: byUcd.toUpperCase(), equinox: "" };
    const named = this.named(field);
    if (named) return named;
    const equatorial = [...this.systems.values()].filter(({ name }) => /^(EQ_)?FK|^ICRS/.test(name));
    return equatorial.length === 1 && fields.every((f) => !this.named(f)) ? equatorial[0] : null;
  }

  private named({ id, ref }: VotableField): SkyFrame | null {
    const group = this.groups.find(({ fields }) => id !== "" && fields.includes(id));
    return this.systems.get(ref) ?? (group && this.systems.get(group.ref)) ?? null;
  }
}
