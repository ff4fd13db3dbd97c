import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { becomesTrue, buildLauncher, hasFfi, makePeople, makePlan, type Built, type Person } from '../adapters/tun/launcher-bed.ts';
import { TerminalRun } from '../adapters/tun/launcher-terminal.ts';

const nobody = { people: [], openTun: () => undefined, restore: () => undefined };
const { people, openTun, restore } = process.platform === 'linux' && hasFfi() ? makePeople() : nobody;
let built: Built;

beforeAll(async () => {
  built = await buildLauncher();
});

beforeEach(() => {
  openTun();
});

afterAll(() => {
  restore();
});

if (people.length === 0) it.skip('needs Linux and ffi-napi', () => undefined);

// The commands below don't fork right after what is waited for: dash loses a Ctrl-C or Ctrl-Z that falls into its vfork, with us or without.
describe.each(people)('a session of $name on a terminal', (person: Person) => {
  let terminal: TerminalRun;
  const run = (...argv: string[]): string => terminal.command(makePlan(built, argv));

  beforeEach(async () => {
    terminal = new TerminalRun(built, person);
    await terminal.shows(/outer> /);
  });

  afterEach(async () => {
    await terminal.close();
    const isOver = await becomesTrue(() => terminal.remaining().length === 0, 2000);
    terminal.clear();
    expect(isOver).toBe(true);
  });

  it('ends a command by Ctrl-C', async () => {
    terminal.enter(run('sh', '-c', 'echo u""p; exec sleep 100'));
    await terminal.shows(/up\n/);
    terminal.press('Ctrl-C');
    await terminal.shows(/outer> /);
    terminal.enter('echo rc=$?');
    await terminal.shows(/rc=130\n/);
  });

  it('gives Ctrl-C once to a command that catches it', async () => {
    terminal.enter(
      run(
        'python3',
        '-uc',
        'import signal,time\nn=[0]\ndef got(*_): n[0]+=1\nsignal.signal(2,got)\nprint("u"+"p")\nend=time.time()+10\nwhile n[0]==0 and time.time()<end: time.sleep(.05)\ntime.sleep(.6)\nprint("count",n[0])',
      ),
    );
    await terminal.shows(/up\n/);
    terminal.press('Ctrl-C');
    await terminal.shows(/count 1\n/);
  });

  it('quits a command by Ctrl-\\', async () => {
    terminal.enter(run('sh', '-c', 'ulimit -c 0; echo u""p; exec sleep 100'));
    await terminal.shows(/up\n/);
    terminal.press('Ctrl-\\');
    await terminal.shows(/outer> /);
    terminal.enter('echo rc=$?');
    await terminal.shows(/rc=131\n/);
  });

  it('stops by Ctrl-Z, and goes on by fg and by bg', async () => {
    terminal.enter(run('sh', '-c', 'echo u""p; read x; echo "re""ad $x"; exit 4'));
    await terminal.shows(/up\n/);
    terminal.press('Ctrl-Z');
    await terminal.shows(/Stopped[^]*outer> /);
    terminal.enter('fg');
    await terminal.shows(/launcher-driver/);
    terminal.enter('line');
    await terminal.shows(/read line\n/);
    await terminal.shows(/outer> /);
    terminal.enter('echo rc=$?');
    await terminal.shows(/rc=4\n/);
  });

  it('goes on in the background after Ctrl-Z', async () => {
    terminal.enter(run('python3', '-uc', 'import time; print("u" + "p"); time.sleep(3); print("af" + "ter")'));
    await terminal.shows(/up\n/);
    terminal.press('Ctrl-Z');
    await terminal.shows(/Stopped[^]*outer> /);
    terminal.enter('bg');
    await terminal.shows(/after\n/);
    terminal.enter('wait; echo rc=$?');
    await terminal.shows(/rc=0\n/);
  });

  it("isn't stopped where the command ignores Ctrl-Z", async () => {
    terminal.enter(run('sh', '-c', 'trap "" TSTP; echo u""p; read x; echo "re""ad $x"'));
    await terminal.shows(/up\n/);
    terminal.press('Ctrl-Z');
    terminal.enter('line');
    await terminal.shows(/read .?line\n/);
    await terminal.shows(/outer> /);
  });

  it('needs one fg after it tried to read in the background', async () => {
    terminal.enter(`${run('sh', '-c', 'read x; echo "re""ad $x"')} & sleep 0`);
    await terminal.shows(/\[1\] \d+[^]*outer> /);
    terminal.enter('until jobs | grep -q Stopped; do sleep 0.05; done; echo "sto""pped"');
    await terminal.shows(/stopped\n[^]*outer> /);
    terminal.enter('fg');
    await terminal.shows(/launcher-driver/);
    terminal.enter('line');
    await terminal.shows(/read line\n/);
    await terminal.shows(/outer> /);
  });

  it("isn't lost where fg comes as it is about to be stopped", async () => {
    for (let i = 0; i < 3; i++) {
      terminal.enter(`${run('sh', '-c', 'read x; echo "re""ad $x"')} & sleep 0.${3 + i}; fg`);
      await terminal.shows(/sleep 0/);
      await terminal.shows(/launcher-driver/);
      terminal.enter(`line${i}`);
      await terminal.shows(new RegExp(`read line${i}\\n`));
      await terminal.shows(/outer> /);
    }
  });

  it('has job control inside: bash -i, Ctrl-Z, fg, Ctrl-C, exit', async () => {
    terminal.enter(run('bash', '--norc', '--noprofile', '-i'));
    await terminal.shows(/inner> /);
    // Bash shows the command before it gives the terminal away; the job itself knows when it is in front.
    const job = 'process.on("SIGCONT", () => process.stdout.write("ba" + "ck")); console.log("g" + "o"); setInterval(() => 0, 1000)';
    terminal.enter(`${process.execPath} -e '${job}'`);
    await terminal.shows(/go\n/);
    terminal.press('Ctrl-Z');
    await terminal.shows(/Stopped[^]*inner> /);
    terminal.enter('fg');
    await terminal.shows(/back/);
    terminal.press('Ctrl-C');
    await terminal.shows(/inner> /);
    terminal.enter('echo a | cat; cat <(echo b)');
    await terminal.shows(/a\nb\n[^]*inner> /);
    terminal.enter('exit 5');
    await terminal.shows(/outer> /);
    terminal.enter('echo rc=$?');
    await terminal.shows(/rc=5\n/);
  });

  it('lets an inner shell suspend itself, and gives it the terminal back', async () => {
    terminal.enter(run('bash', '--norc', '--noprofile', '-i'));
    await terminal.shows(/inner> /);
    terminal.enter('suspend -f');
    await terminal.shows(/Stopped[^]*outer> /);
    terminal.enter('fg');
    await terminal.shows(/launcher-driver/);
    terminal.enter('echo ba""ck');
    await terminal.shows(/back\n[^]*inner> /);
    terminal.enter('exit 6');
    await terminal.shows(/outer> /);
    terminal.enter('echo rc=$?');
    await terminal.shows(/rc=6\n/);
  });

  it('gives the terminal back where an inner shell is killed with a job in the foreground', async () => {
    terminal.enter(run('bash', '--norc', '--noprofile', '-i'));
    await terminal.shows(/inner> /);
    terminal.enter("sh -c 'kill -9 $PPID; sleep 60'");
    await terminal.shows(/outer> /);
    terminal.enter('echo rc=$?');
    await terminal.shows(/rc=137\n/);
  });

  it('tells the command of a new window size', async () => {
    terminal.enter(
      run(
        'python3',
        '-uc',
        'import signal,os\nsignal.signal(signal.SIGWINCH,lambda *_: print("size",*os.get_terminal_size(0)))\nprint("tty",os.ttyname(0))\nsignal.pause();signal.pause()',
      ),
    );
    const [, path] = await terminal.shows(/tty (\/dev\/pts\/\d+)\n/);
    terminal.resize(path ?? '', { rows: 41, columns: 123 });
    await terminal.shows(/size 123 41\n/);
    terminal.press('Ctrl-\\');
    await terminal.shows(/outer> /);
  });

  it('works in a pipeline', async () => {
    terminal.enter(`echo in | ${run('cat')} | sed s/in/o""ut/; echo rc=\${PIPESTATUS[*]}`);
    await terminal.shows(/out\nrc=0 0 0\n/);
  });
});
