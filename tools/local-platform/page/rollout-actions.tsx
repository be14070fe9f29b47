import type { RouterOrder, RouterState } from '@odoobo/app-platform/rollout';
import type { App } from '@odoobo/app-platform/spec';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.js';
import type { Platform } from './platform.js';

interface RolloutActionsProps {
  platform: Platform;
  app: App;
  state: RouterState;
  onSteered(): void;
}

type Order = RouterOrder['do'];

const orders: Record<Order, { label: string; text: string }> = {
  approve: { label: 'Approve', text: 'The step ends, and the next one begins.' },
  hold: {
    label: 'Hold',
    text: 'The rollout stays at this step. A canary that is worse is still taken out.',
  },
  'go-on': { label: 'Go on', text: 'The rollout takes its further steps.' },
  abort: {
    label: 'Abort',
    text: 'The canary gets no request from now on. The deploy that follows the rollout, or the next one, removes it and its router.',
  },
};

/** What a person may do with a rollout. Each asks for confirmation first. */
export function RolloutActions({ platform, app, state, onSteered }: RolloutActionsProps) {
  // What the question is about: by the time of the answer another step may have begun.
  const [asked, setAsked] = useState<{ order: Order; rollout: string; step: number | undefined }>();
  const possible = possibleIn(state);
  if (possible.length === 0) return null;
  const steer = async ({ order, rollout, step }: NonNullable<typeof asked>) => {
    const about = order === 'approve' && step !== undefined ? { step } : {};
    await platform.steer(app.id, {
      do: order,
      rollout,
      because: 'a person decided it on the page',
      ...about,
    });
    onSteered();
  };
  return (
    <div class="actions" role="group" aria-label={`Actions on the rollout of ${app.spec.name}`}>
      {possible.map((order) => (
        <button
          key={order}
          class={order === 'abort' ? 'danger' : ''}
          onClick={() => setAsked({ order, rollout: state.rollout, step: state.step?.index })}
        >
          {orders[order].label}
        </button>
      ))}
      {asked && (
        <Dialog
          title={`${orders[asked.order].label}: the rollout of ${app.spec.name}?`}
          action={{
            label: orders[asked.order].label,
            run: () => steer(asked),
            danger: asked.order === 'abort',
          }}
          onClose={() => setAsked(undefined)}
        >
          <p>{orders[asked.order].text}</p>
        </Dialog>
      )}
    </div>
  );
}

function possibleIn({ phase, step }: RouterState): Order[] {
  if (phase === 'fixed') return ['abort'];
  if (phase !== 'going' && phase !== 'held') return [];
  const approve: Order[] = step?.waitsFor.includes('approval') ? ['approve'] : [];
  return [...approve, phase === 'held' ? 'go-on' : 'hold', 'abort'];
}
