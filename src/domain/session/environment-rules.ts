/**
 * Whose value of a variable the child sees. Patterns are globs over the whole name: `*` is any run of characters, `?` any one.
 */

/** What belongs to this machine, its user and terminal: the pod's value is never passed, not even where there is no local one. */
export const localAlways: readonly string[] = [
  // The user and where things are.
  'PATH', 'HOME', 'USER', 'LOGNAME', 'USERNAME', 'SHELL', 'PWD', 'OLDPWD', 'SHLVL', '_', 'MAIL', 'TMPDIR', 'TMP', 'TEMP', 'XDG_*', 'INIT_CWD',
  // The terminal.
  'TERM', 'TERM_PROGRAM', 'TERM_PROGRAM_VERSION', 'TERM_SESSION_ID', 'TERMINFO', 'TERMINFO_DIRS', 'COLORTERM', 'COLUMNS', 'LINES', 'LS_COLORS', 'TMUX',
  'TMUX_PANE', 'TMUX_TMPDIR', 'STY', 'WINDOW', 'WINDOWID', 'VTE_VERSION', 'KONSOLE_*', 'ITERM_*', 'VSCODE_*',
  // The language.
  'LANG', 'LANGUAGE', 'LC_*', 'NLSPATH', 'LOCPATH',
  // The desktop and the user's agents: sockets and programs of this machine.
  'DISPLAY', 'WAYLAND_DISPLAY', 'WAYLAND_SOCKET', 'XAUTHORITY', 'DESKTOP_SESSION', 'SESSION_MANAGER', 'DBUS_SESSION_BUS_ADDRESS', 'PULSE_SERVER', 'SSH_*', 'GPG_AGENT_INFO',
  'GPG_TTY', 'EDITOR', 'VISUAL', 'PAGER', 'MANPAGER', 'LESS', 'LESSOPEN', 'LESSCLOSE', 'BROWSER', 'SUDO_*', 'WSL_*', 'WSLENV',
]; // prettier-ignore

/** What names files of the image, which this machine hasn't: the pod's value is withheld, and said so; a local one stays. */
export const imageFiles: readonly string[] = [
  'JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS', 'JAVA_HOME', 'JRE_HOME', 'CLASSPATH', 'NODE_OPTIONS', 'NODE_PATH', 'PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP',
  'VIRTUAL_ENV', 'LD_*', 'DYLD_*', 'GCONV_PATH', 'GLIBC_TUNABLES', 'PERL5LIB', 'PERLLIB', 'PERL5OPT', 'RUBYLIB', 'RUBYOPT', 'GEM_HOME', 'GEM_PATH', 'BUNDLE_PATH', 'GOROOT', 'GOPATH',
  'BASH_ENV', 'ENV', 'ZDOTDIR', 'PHPRC', 'PHP_INI_SCAN_DIR', 'DOTNET_ROOT', 'DOTNET_STARTUP_HOOKS', 'OPENSSL_CONF', 'OPENSSL_MODULES',
]; // prettier-ignore

/** What isn't passed on from this machine: our own settings, an outer session's description, and what Node's parent said to Node. HOSTNAME is the pod's. */
export const localWithheld: readonly string[] = [
  'HOSTNAME',
  'INPOD_*',
  'TELEPRESENCE_*',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
];

/** What `npx` adds for the program that it starts, which is us: not the user's, and not for the command. */
export const npxAdded: readonly string[] = ['npm_*', 'INIT_CWD', 'NODE', 'COLOR'];

/** Local variables that send a program's requests elsewhere: they stay, but a proxy on the laptop can't know the cluster's names. */
export const proxyVariables: readonly string[] = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

/** Whether a name matches one of `globs`; upper and lower case differ, as in the environment. */
export function nameMatcher(globs: readonly string[]): (name: string) => boolean {
  const expressions = globs.map(globExpression);
  return (name) => expressions.some((expression) => expression.test(name));
}

function globExpression(glob: string): RegExp {
  const source = glob.replace(/[\\^$.+()|[\]{}*?]/g, (char) => (char === '*' ? '[^]*' : char === '?' ? '[^]' : `\\${char}`));
  return new RegExp(`^${source}$`);
}
