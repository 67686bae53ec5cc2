/** The header of a message, as far as it says who sent it and when. */
interface Sent {
  session?: unknown;
  date?: unknown;
}

/**
 * Which messages were sent before a moment of the kernel's clock. A front end has a clock of its own, which the `date`
 * of its messages tells; by how much it differs is known from the message of its that took least: received minus sent
 * is that difference and the time on the way. What was sent later than the moment is therefore never taken for earlier.
 */
export class SendTimes {
  private readonly least = new Map<string, number>();

  /** Every message, as it comes. */
  note(header: Sent, received = Date.now()): void {
    const took = received - sentAt(header);
    const session = String(header.session);
    if (took < (this.least.get(session) ?? Number.POSITIVE_INFINITY)) this.least.set(session, took);
  }

  /** False for a message that does not say when it was sent. */
  isBefore(header: Sent, moment: number): boolean {
    return sentAt(header) + (this.least.get(String(header.session)) ?? Number.NaN) < moment;
  }
}

const sentAt = ({ date }: Sent) => (typeof date === "string" ? Date.parse(date) : Number.NaN);
