import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { readMessages, writeMessage } from './lines.js';
import type { Command, Commands, Question, Reply } from './messages.js';

/** For commands that take a moment: the process serves no request while it does not answer. */
const answerMs = 10_000;

/** The process is gone or was disconnected; it may or may not have done what it was asked. */
export class ChannelClosed extends Error {
  override name = 'ChannelClosed';
}

/** Another server drives the process now. */
export class Replaced extends ChannelClosed {
  override name = 'Replaced';
}

interface Waiting {
  command: Command;
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
  timer?: NodeJS.Timeout | undefined;
}

/** The server's end of the connection to the process that serves the addresses. */
export class Channel {
  /** Resolves with the reason when the channel accepts no more commands. */
  readonly closed: Promise<ChannelClosed>;
  #onClosed: (reason: ChannelClosed) => void = () => undefined;
  readonly #waiting = new Map<number, Waiting>();
  #reason: ChannelClosed | undefined;
  #asked = 0;

  /** @throws Error with the system's code when no one listens there. */
  static async open(path: string): Promise<Channel> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new Channel(socket);
  }

  private constructor(private readonly socket: Socket) {
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
    socket.on('close', () => this.#over(new ChannelClosed('its connection was lost')));
    // It closes as well.
    socket.on('error', () => undefined);
    readMessages<Reply>(socket, (reply) => this.#take(reply));
  }

  /**
   * Sends a command, and closes the channel when no answer comes within 10 s; `patient` waits for as long as it takes.
   * @throws Error as the process says it, with the system's code; ChannelClosed
   */
  ask<C extends Command>(
    command: C,
    to: Commands[C]['to'],
    { patient = false } = {},
  ): Promise<Commands[C]['answer']> {
    if (this.#reason) return Promise.reject(this.#reason);
    const id = ++this.#asked;
    const question: Question<C> = { id, command, to };
    const answer = new Promise<Commands[C]['answer']>((resolve, reject) => {
      const timer = patient ? undefined : setTimeout(() => this.#giveUp(id), answerMs);
      this.#waiting.set(id, { command, resolve, reject, timer });
    });
    writeMessage(this.socket, question);
    return answer;
  }

  close(): void {
    this.#over(new ChannelClosed('this server closed the connection'));
  }

  #take(reply: Reply): void {
    if ('replaced' in reply) return this.#over(new Replaced('another server controls it now'));
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    this.#waiting.delete(reply.id);
    clearTimeout(waiting.timer);
    if (!('error' in reply)) return waiting.resolve(reply.answer as never);
    const { message, code } = reply.error;
    waiting.reject(Object.assign(new Error(message), { code }));
  }

  /** Waits one more turn of the event loop first: if this process itself was paused, the answer is there but unread. */
  #giveUp(id: number): void {
    setImmediate(() => {
      const { command } = this.#waiting.get(id) ?? {};
      if (command)
        this.#over(new ChannelClosed(`it did not answer "${command}" within ${answerMs / 1000} s`));
    });
  }

  /** Only the first reason counts. */
  #over(reason: ChannelClosed): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.socket.destroy();
    this.#onClosed(reason);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#waiting.clear();
  }
}
