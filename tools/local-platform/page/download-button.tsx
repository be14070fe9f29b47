import { useState } from 'preact/hooks';
import { shortId } from './format.js';
import type { LogPlace } from './use-log.js';

/** Saves all that is kept of a log as a file. */
export function DownloadButton({ place, appName }: { place: LogPlace; appName: string }) {
  const { platform, appId, deployment, type } = place;
  const [trouble, setTrouble] = useState<string>();
  const download = async () => {
    try {
      const text = await platform.wholeLog(appId, deployment, type);
      save(text, `${appName}-${shortId(deployment)}-${type.toLowerCase()}.log`);
      setTrouble(undefined);
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <>
      <button onClick={() => void download()}>Download</button>
      {trouble && (
        <span class="reason" role="alert">
          {trouble}
        </span>
      )}
    </>
  );
}

function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
