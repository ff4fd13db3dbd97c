/*
 * The kernel program of the packet path's rows: cheap, so that what is measured is the path. One process, one thread.
 *   traffic REPORT stream up|down ADDRESS PORT STREAMS MILLISECONDS CHECK_EVERY
 *   traffic REPORT rtt ADDRESS|loopback PORT COUNT
 *   traffic REPORT connect ADDRESS|loopback PORT COUNT
 *   traffic REPORT idle ADDRESS PORT COUNT
 *   traffic REPORT udp up|down ADDRESS PORT MILLISECONDS
 * Writes one JSON object into the file REPORT, exits 0. Streams are the pattern of stream-pattern.ts, datagrams that of datagram-pattern.ts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_STREAMS 64
#define PERIOD 1000003u
#define CHUNK (128u * 1024)
#define CHECK_BLOCK (64u * 1024)
#define MESSAGE 100
#define AT_ONCE 64
#define DATAGRAM 64
#define DATAGRAMS 32

static FILE *report;

static _Noreturn void die(const char *what) {
  fprintf(stderr, "traffic: %s: %s\n", what, errno ? strerror(errno) : "other bytes than were sent");
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static struct sockaddr_in address_of(const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) die(host);
  return address;
}

static int connected(const struct sockaddr_in *to, int type) {
  int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) < 0) die("connect");
  return fd;
}

static void set_non_blocking(int fd) {
  if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0) die("fcntl");
}

/* ---- streams ---- */

/* A whole period, and as much again from its start as one chunk takes. */
static uint8_t pattern[PERIOD + CHUNK];
static uint32_t crc_table[256];

static void make_pattern(void) {
  uint32_t x = 0x9e3779b9;
  for (uint32_t i = 0; i < PERIOD; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    pattern[i] = (uint8_t)x;
  }
  memcpy(pattern + PERIOD, pattern, CHUNK);
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >> 1) : c >> 1;
    crc_table[i] = c;
  }
}

struct stream {
  int fd;
  int ended;
  uint64_t bytes;
  uint32_t crc;
};

/* CRC-32 of every check_every-th block of the stream. */
static void check(struct stream *stream, const uint8_t *bytes, size_t count, uint64_t check_every) {
  for (size_t i = 0; i < count;) {
    uint64_t position = stream->bytes + i;
    size_t part = CHECK_BLOCK - position % CHECK_BLOCK;
    if (part > count - i) part = count - i;
    if (position / CHECK_BLOCK % check_every == 0) {
      uint32_t crc = ~stream->crc;
      for (size_t j = i; j < i + part; j++) crc = crc_table[(crc ^ bytes[j]) & 0xff] ^ (crc >> 8);
      stream->crc = ~crc;
    }
    i += part;
  }
  stream->bytes += count;
}

/* One chunk, if there is room. @returns whether there was */
static int send_some(struct stream *stream) {
  ssize_t sent = send(stream->fd, pattern + stream->bytes % PERIOD, CHUNK, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) die("send");
  if (sent <= 0) return 0;
  stream->bytes += (uint64_t)sent;
  return 1;
}

/* @returns whether there was something, the end included */
static int receive_some(struct stream *stream, uint64_t check_every) {
  static uint8_t buffer[2 * CHUNK];
  ssize_t got = recv(stream->fd, buffer, sizeof buffer, 0);
  if (got < 0 && errno != EAGAIN) die("recv");
  if (got < 0) return 0;
  if (got == 0) stream->ended = 1;
  check(stream, buffer, (size_t)got, check_every);
  return 1;
}

static void wait_for(struct stream *streams, int count, short events) {
  struct pollfd fds[MAX_STREAMS];
  for (int i = 0; i < count; i++) fds[i] = (struct pollfd){.fd = streams[i].ended ? -1 : streams[i].fd, .events = events};
  if (poll(fds, (nfds_t)count, 100) < 0) die("poll");
}

static int all_ended(struct stream *streams, int count) {
  for (int i = 0; i < count; i++)
    if (!streams[i].ended) return 0;
  return 1;
}

/* For `milliseconds`, then until the far side has ended every stream: what it got is counted, not what a queue holds. */
static void run_streams(int up, const struct sockaddr_in *to, int count, uint64_t milliseconds, uint64_t check_every) {
  struct stream streams[MAX_STREAMS] = {0};
  make_pattern();
  for (int i = 0; i < count; i++) {
    streams[i].fd = connected(to, SOCK_STREAM);
    set_non_blocking(streams[i].fd);
  }
  uint64_t started = now_ns(), deadline = started + milliseconds * 1000000;
  int sending = 1;
  while (!all_ended(streams, count)) {
    if (sending && now_ns() > deadline) {
      sending = 0;
      for (int i = 0; i < count; i++) shutdown(streams[i].fd, SHUT_WR);
    }
    int moved = 0;
    for (int i = 0; i < count; i++) {
      if (streams[i].ended) continue;
      moved |= up && sending ? send_some(&streams[i]) : receive_some(&streams[i], check_every);
    }
    if (!moved) wait_for(streams, count, up && sending ? POLLOUT : POLLIN);
  }
  fprintf(report, "{\"seconds\":%.9f,\"streams\":[", (double)(now_ns() - started) / 1e9);
  for (int i = 0; i < count; i++)
    fprintf(report, "%s{\"bytes\":%llu,\"crc\":%u}", i ? "," : "", (unsigned long long)streams[i].bytes, streams[i].crc);
  fprintf(report, "]}\n");
}

/* ---- loopback's own far side ---- */

/* A child that accepts on 127.0.0.1 and sends back what comes. @returns its port */
static int serve_loopback(void) {
  struct sockaddr_in local = address_of("127.0.0.1", 0);
  socklen_t length = sizeof local;
  int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listening, (struct sockaddr *)&local, length) < 0 || listen(listening, 1024) < 0) die("listen");
  getsockname(listening, (struct sockaddr *)&local, &length);
  pid_t child = fork();
  if (child < 0) die("fork");
  if (child > 0) {
    close(listening);
    return ntohs(local.sin_port);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    int fd = accept(listening, NULL, NULL);
    char bytes[MESSAGE];
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (ssize_t got; (got = recv(fd, bytes, sizeof bytes, 0)) > 0;)
      if (send(fd, bytes, (size_t)got, MSG_NOSIGNAL) < 0) break;
    close(fd);
  }
}

static struct sockaddr_in far_side(const char *host, int port) {
  if (strcmp(host, "loopback") != 0) return address_of(host, port);
  return address_of("127.0.0.1", serve_loopback());
}

/* ---- round trips ---- */

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static void run_round_trips(const struct sockaddr_in *to, uint32_t count) {
  uint64_t *took = calloc(count, sizeof *took);
  uint8_t sent[MESSAGE], got[MESSAGE];
  int fd = connected(to, SOCK_STREAM), one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  /* The first tenth is thrown away. */
  for (uint32_t i = 0; i < count + count / 10; i++) {
    memset(sent, (int)i, sizeof sent);
    memcpy(sent, &i, sizeof i);
    uint64_t started = now_ns();
    if (send(fd, sent, sizeof sent, MSG_NOSIGNAL) != sizeof sent || recv(fd, got, sizeof got, MSG_WAITALL) != sizeof got) die("round trip");
    if (i >= count / 10) took[i - count / 10] = now_ns() - started;
    errno = 0;
    if (memcmp(sent, got, sizeof got) != 0) die("round trip");
  }
  qsort(took, count, sizeof *took, by_value);
  fprintf(report, "{\"p50\":%.1f,\"p99\":%.1f}\n", (double)took[count / 2] / 1e3, (double)took[(uint64_t)count * 99 / 100] / 1e3);
}

/* ---- connections ---- */

static void begin_connect(struct pollfd *slot, const struct sockaddr_in *to) {
  slot->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  slot->events = POLLOUT;
  if (connect(slot->fd, (const struct sockaddr *)to, sizeof *to) < 0 && errno != EINPROGRESS) die("connect");
}

/* Connected: ends its half, and waits for the other one's end. @returns whether that came */
static int go_on(struct pollfd *slot) {
  int error = 0;
  socklen_t length = sizeof error;
  char byte;
  if (slot->events == POLLIN) return recv(slot->fd, &byte, 1, 0) == 0;
  getsockopt(slot->fd, SOL_SOCKET, SO_ERROR, &error, &length);
  errno = error;
  if (error != 0) die("connect");
  shutdown(slot->fd, SHUT_WR);
  slot->events = POLLIN;
  return 0;
}

/* AT_ONCE at a time. Many addresses, since a port is blocked for a minute for its address. */
static void run_connects(const struct sockaddr_in *to, uint32_t count) {
  struct pollfd slots[AT_ONCE] = {0};
  uint32_t begun = 0, closed = 0;
  uint64_t started = now_ns();
  for (int i = 0; i < AT_ONCE; i++) slots[i].fd = -1;
  while (closed < count) {
    for (int i = 0; i < AT_ONCE && begun < count; i++) {
      if (slots[i].fd >= 0) continue;
      struct sockaddr_in address = *to;
      if (address.sin_addr.s_addr != htonl(INADDR_LOOPBACK)) address.sin_addr.s_addr = htonl(ntohl(address.sin_addr.s_addr) + begun % 16);
      begin_connect(&slots[i], &address);
      begun++;
    }
    if (poll(slots, AT_ONCE, 5000) <= 0) die("poll");
    for (int i = 0; i < AT_ONCE; i++) {
      if (slots[i].fd < 0 || slots[i].revents == 0 || !go_on(&slots[i])) continue;
      close(slots[i].fd);
      slots[i].fd = -1;
      closed++;
    }
  }
  fprintf(report, "{\"seconds\":%.9f,\"count\":%u}\n", (double)(now_ns() - started) / 1e9, closed);
}

/* The first connection is the harness's: it says when to open the others, hears that they are open, and its end ends all. */
static void run_idle(const struct sockaddr_in *to, uint32_t count) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int control = connected(to, SOCK_STREAM);
  struct sockaddr_in other = *to;
  other.sin_port = htons((uint16_t)(ntohs(to->sin_port) + 1));
  char byte;
  if (recv(control, &byte, 1, 0) != 1) die("control");
  for (uint32_t i = 0; i < count; i++) (void)connected(&other, SOCK_STREAM);
  if (send(control, &byte, 1, MSG_NOSIGNAL) != 1 || recv(control, &byte, 1, 0) != 0) die("control");
  fprintf(report, "{\"count\":%u}\n", count);
}

/* ---- datagrams: fifteen words, a serial number first, and a hash of these ---- */

static uint32_t datagram_hash(const uint32_t *words) {
  uint32_t hash = 0x811c9dc5;
  for (int i = 0; i < DATAGRAM / 4 - 1; i++) hash = (hash ^ words[i]) * 0x01000193;
  return hash;
}

static void fill_datagram(uint32_t *words, uint32_t serial) {
  for (uint32_t i = 0; i < DATAGRAM / 4 - 1; i++) words[i] = serial + i * 0x9e3779b9;
  words[DATAGRAM / 4 - 1] = datagram_hash(words);
}

struct batch {
  uint32_t words[DATAGRAMS][DATAGRAM / 4];
  struct iovec parts[DATAGRAMS];
  struct mmsghdr messages[DATAGRAMS];
};

static void make_batch(struct batch *batch) {
  memset(batch, 0, sizeof *batch);
  for (int i = 0; i < DATAGRAMS; i++) {
    batch->parts[i] = (struct iovec){batch->words[i], DATAGRAM};
    batch->messages[i].msg_hdr = (struct msghdr){.msg_iov = &batch->parts[i], .msg_iovlen = 1};
  }
}

static void send_datagrams(int fd, uint64_t milliseconds) {
  static struct batch batch;
  make_batch(&batch);
  uint64_t started = now_ns(), deadline = started + milliseconds * 1000000;
  uint32_t serial = 0;
  while (now_ns() < deadline) {
    for (int i = 0; i < DATAGRAMS; i++) fill_datagram(batch.words[i], serial + (uint32_t)i);
    int sent = sendmmsg(fd, batch.messages, DATAGRAMS, 0);
    if (sent < 0 && errno != ENOBUFS && errno != EAGAIN) die("sendmmsg");
    if (sent > 0) serial += (uint32_t)sent;
  }
  fprintf(report, "{\"seconds\":%.9f,\"sent\":%u}\n", (double)(now_ns() - started) / 1e9, serial);
}

/* Asks for them by one datagram, and takes what comes until nothing does for 300 ms. */
static void receive_datagrams(int fd) {
  static struct batch batch;
  struct timeval patience = {.tv_usec = 300000};
  int room = 8 << 20;
  uint32_t count = 0;
  uint64_t first = 0, last = 0;
  make_batch(&batch);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (send(fd, "go", 2, 0) != 2) die("send");
  for (;;) {
    int got = recvmmsg(fd, batch.messages, DATAGRAMS, MSG_WAITFORONE, NULL);
    if (got <= 0) break;
    last = now_ns();
    if (first == 0) first = last;
    for (int i = 0; i < got; i++) {
      errno = 0;
      if (batch.messages[i].msg_len != DATAGRAM || batch.words[i][DATAGRAM / 4 - 1] != datagram_hash(batch.words[i])) die("datagram");
    }
    count += (uint32_t)got;
  }
  fprintf(report, "{\"seconds\":%.9f,\"received\":%u}\n", (double)(last - first) / 1e9, count);
}

static _Noreturn void usage(void) {
  fprintf(stderr, "traffic: see the head of traffic.c\n");
  exit(2);
}

int main(int argc, char **argv) {
  if (argc < 6) usage();
  const char *act = argv[2];
  int has_direction = strcmp(act, "stream") == 0 || strcmp(act, "udp") == 0;
  char **rest = argv + (has_direction ? 4 : 3);
  int rest_count = argc - (has_direction ? 4 : 3);
  int up = has_direction && strcmp(argv[3], "up") == 0;
  if (rest_count < 3 || !(report = fopen(argv[1], "we"))) usage();
  struct sockaddr_in to = far_side(rest[0], atoi(rest[1]));
  if (strcmp(act, "stream") == 0 && rest_count == 5 && atoi(rest[2]) <= MAX_STREAMS)
    run_streams(up, &to, atoi(rest[2]), strtoull(rest[3], NULL, 10), strtoull(rest[4], NULL, 10));
  else if (strcmp(act, "rtt") == 0)
    run_round_trips(&to, (uint32_t)atoi(rest[2]));
  else if (strcmp(act, "connect") == 0)
    run_connects(&to, (uint32_t)atoi(rest[2]));
  else if (strcmp(act, "idle") == 0)
    run_idle(&to, (uint32_t)atoi(rest[2]));
  else if (strcmp(act, "udp") == 0 && up)
    send_datagrams(connected(&to, SOCK_DGRAM), strtoull(rest[2], NULL, 10));
  else if (strcmp(act, "udp") == 0)
    receive_datagrams(connected(&to, SOCK_DGRAM));
  else
    usage();
  return fclose(report) == 0 ? 0 : 1;
}
