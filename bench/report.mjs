/** Prints results as a table, and below it each path that they went. */
export function printTable(results, pathOf) {
  const rows = results.map(({ name, unit, value, peer, peerValue, ratio, goal }) => [
    name,
    figure(value),
    unit,
    figure(peerValue),
    peer,
    ratio.toFixed(2),
    goal === 0 ? 'none' : String(goal),
    verdict(ratio, goal),
  ]);
  printColumns([['row', 'inpod', '', 'peer', '', 'ratio', 'goal', ''], ...rows], console.log);
  for (const path of new Set(results.map(({ name }) => pathOf(name)))) {
    const names = results.filter(({ name }) => pathOf(name) === path).map(({ name }) => name);
    console.log(`\n${path}:\n  ${names.join(' ')}`);
  }
}

/** Prints how the ratios differ from those of an earlier run. */
export function printComparison(before, after, print) {
  const known = new Map(before.map((result) => [result.name, result]));
  const rows = after.map(({ name, ratio }) => {
    const old = known.get(name)?.ratio;
    return [name, old?.toFixed(2) ?? 'none', ratio.toFixed(2), old ? percent(ratio / old - 1) : ''];
  });
  print('');
  printColumns([['ratio of', 'saved', 'now', 'change'], ...rows], print);
}

function verdict(ratio, goal) {
  if (goal === 0) return '';
  return ratio >= goal ? 'met' : 'NOT MET';
}

function figure(value) {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function percent(part) {
  return `${part < 0 ? '' : '+'}${(part * 100).toFixed(0)} %`;
}

function printColumns(rows, print) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}
