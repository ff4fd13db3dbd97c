/* Prints one line a message: its name and its bytes in hex, filled with values that tell each field from the next. */
#include <stdio.h>
#include <string.h>

#include "inpod-launcher.h"

static void print(const char *name, uint32_t type, const void *body, uint32_t length) {
  struct inpod_header header = {.type = type, .length = length};
  const uint8_t *bytes = (const uint8_t *)&header;
  printf("%s ", name);
  for (size_t i = 0; i < sizeof header; i++) printf("%02x", bytes[i]);
  bytes = body;
  for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
  printf("\n");
}

static struct inpod_address v4(uint8_t last) { return (struct inpod_address){.family = 4, .prefix = 32, .bytes = {10, 42, 0, last}}; }

static void print_requests(void) {
  struct inpod_configure configure = {.version = INPOD_WIRE_VERSION, .mtu = 65520, .resolv_conf_bytes = 0x010203, .hosts_bytes = 0x0405, .address_count = 2, .plain_tun = 1};
  configure.addresses[0] = v4(9);
  configure.addresses[1] = (struct inpod_address){.family = 6, .prefix = 128, .bytes = {0xfd, 0, 0, 0x42, [15] = 9}};
  configure.gateway = v4(1);
  strcpy(configure.hostname, "pod-abc");
  print("configure", INPOD_CONFIGURE, &configure, sizeof configure);
  struct inpod_chunk chunk = {.part = INPOD_FILE_HOSTS, .bytes = 3, .data = "a\nb"};
  print("file", INPOD_FILE, &chunk, offsetof(struct inpod_chunk, data) + 3);
  chunk = (struct inpod_chunk){.part = INPOD_SPAWN_ENVIRONMENT, .bytes = 4, .data = {'A', '=', 0xff, 0}};
  print("spawn-data", INPOD_SPAWN_DATA, &chunk, offsetof(struct inpod_chunk, data) + 4);
  struct inpod_spawn spawn = {.umask = 022, .argument_count = 2, .variable_count = 3, .descriptor_count = 2, .descriptors = {5, 77}, .open_files = 1024};
  print("spawn", INPOD_SPAWN, &spawn, sizeof spawn);
  struct inpod_signal signal = {.number = 15};
  print("signal", INPOD_SIGNAL, &signal, sizeof signal);
  struct inpod_endpoint endpoint = {.id = 7, .port = 8080, .address = {.family = 4, .prefix = 32, .bytes = {127, 0, 0, 1}}};
  print("listen", INPOD_LISTEN, &endpoint, sizeof endpoint);
  print("connect", INPOD_CONNECT, &endpoint, sizeof endpoint);
}

static void print_replies(void) {
  struct inpod_ready ready = {.flags = INPOD_READY_USER_NAMESPACE | INPOD_READY_NO_IPV6, .offloads = 7, .vnet_header_bytes = 10, .launcher_pid = 4242, .mtu = 65520};
  print("ready", INPOD_READY, &ready, sizeof ready);
  struct inpod_failed failed = {.error = 13, .step = "open /dev/net/tun", .text = "Permission denied"};
  print("failed", INPOD_FAILED, &failed, sizeof failed);
  struct inpod_spawned spawned = {.pid = 4243, .proc_error = 1};
  print("spawned", INPOD_SPAWNED, &spawned, sizeof spawned);
  struct inpod_exec_failed exec_failed = {.error = 2, .code = 127, .stage = INPOD_STAGE_CWD};
  print("exec-failed", INPOD_EXEC_FAILED, &exec_failed, sizeof exec_failed);
  struct inpod_stopped stopped = {.signal = 20};
  print("stopped", INPOD_STOPPED, &stopped, sizeof stopped);
  struct inpod_exited exited = {.code = 3, .signal = 9};
  print("exited", INPOD_EXITED, &exited, sizeof exited);
  struct inpod_socket socket = {.id = 7, .error = 111};
  print("socket", INPOD_SOCKET, &socket, sizeof socket);
}

int main(void) {
  print_requests();
  print_replies();
  return 0;
}
