import type { AppSpec } from '@odoobo/app-platform/spec';
import { useNarrow } from './media.js';
import { type Variable, variablesOf } from './variables.js';

/** The variables and secrets of an app: their names, and whether each is set. */
export function VariablesView({ spec }: { spec: AppSpec }) {
  const variables = variablesOf(spec);
  const narrow = useNarrow();
  if (variables.length === 0) return <p class="quiet">The spec of this app has no variables.</p>;
  return (
    <section>
      <h2 id="variables">Variables</h2>
      <p class="quiet">Names only: no values are shown here.</p>
      <div class="wide">
        <table aria-labelledby="variables">
          <thead>
            <tr>
              <th scope="col">Name</th>
              {!narrow && <th scope="col">Component</th>}
              {!narrow && <th scope="col">Scope</th>}
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {variables.map((variable) => (
              <VariableRow
                key={`${variable.component} ${variable.key}`}
                variable={variable}
                narrow={narrow}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function VariableRow({ variable, narrow }: { variable: Variable; narrow: boolean }) {
  const { key, component = 'all components', scope, secret, set } = variable;
  return (
    <tr>
      <th scope="row">
        <code>{key}</code> {secret && <span class="badge busy">secret</span>}
        {narrow && (
          <span class="below quiet">
            {component}, {scope}
          </span>
        )}
      </th>
      {!narrow && <td>{component}</td>}
      {!narrow && <td>{scope}</td>}
      <td>{set ? 'set' : <span class="badge bad">not set</span>}</td>
    </tr>
  );
}
