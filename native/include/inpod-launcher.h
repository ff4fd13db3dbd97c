/*
 * What Node and the launcher say to each other over an AF_UNIX SEQPACKET pair: one datagram is one message,
 * a header and a body of a fixed layout. Little-endian, no padding but what is named. Mirrored by
 * src/adapters/tun/launcher-codec.ts; native/test/golden.c and that codec's test hold the two together.
 */
#ifndef INPOD_LAUNCHER_H
#define INPOD_LAUNCHER_H

#include <stddef.h>
#include <stdint.h>

#define INPOD_WIRE_VERSION 3u
#define INPOD_CHUNK_BYTES 32768u       /* most bytes of data in one FILE or SPAWN_DATA */
#define INPOD_SPAWN_BYTES (4u << 20)   /* most bytes of cwd, argv and environment together */
#define INPOD_FILE_BYTES (1u << 20)    /* most bytes of one file */
#define INPOD_ADDRESSES 8u
#define INPOD_DESCRIPTORS 64u
#define INPOD_VNET_HEADER_BYTES 10u
#define INPOD_PLAIN_MTU 1500u         /* most of a TUN without virtio headers */

enum inpod_message {
  /* Node to launcher, in this order; the last three any number of times after READY. */
  INPOD_CONFIGURE = 1,
  INPOD_FILE = 2,
  INPOD_SPAWN_DATA = 3,
  INPOD_SPAWN = 4,
  INPOD_SIGNAL = 5,
  INPOD_LISTEN = 6,
  INPOD_CONNECT = 7,
  /* Launcher to Node. */
  INPOD_READY = 101,   /* carries the TUN's descriptor */
  INPOD_FAILED = 102,  /* instead of READY; the launcher then ends */
  INPOD_SPAWNED = 103, /* the program's exec succeeded */
  INPOD_EXEC_FAILED = 104,
  INPOD_STOPPED = 105,
  INPOD_EXITED = 106, /* nothing of the session runs any more */
  INPOD_SOCKET = 107, /* answers LISTEN and CONNECT; carries a descriptor where error is 0 */
};

struct inpod_header {
  uint32_t type;
  uint32_t length; /* of the body */
};

struct inpod_address {
  uint32_t family; /* 4 or 6; 0: none */
  uint32_t prefix;
  uint8_t bytes[16]; /* network order; IPv4 in the first four */
};

struct inpod_configure {
  uint32_t version;
  uint32_t mtu; /* of a TUN with virtio headers */
  uint32_t resolv_conf_bytes; /* FILE messages follow until both files are whole */
  uint32_t hosts_bytes;
  uint32_t address_count;
  struct inpod_address addresses[INPOD_ADDRESSES];
  struct inpod_address gateway;
  char hostname[68];  /* NUL-terminated, 64 bytes at most */
  uint32_t plain_tun; /* 1: without virtio headers, as where the kernel refuses them */
};

enum inpod_file_name { INPOD_FILE_RESOLV_CONF = 1, INPOD_FILE_HOSTS = 2 };
enum inpod_spawn_part { INPOD_SPAWN_CWD = 1, INPOD_SPAWN_ARGV = 2, INPOD_SPAWN_ENVIRONMENT = 3 };

/* FILE and SPAWN_DATA: the next bytes of one of several blobs. */
struct inpod_chunk {
  uint32_t part; /* inpod_file_name or inpod_spawn_part */
  uint32_t bytes;
  uint8_t data[INPOD_CHUNK_BYTES]; /* only `bytes` of them are sent */
};

/* Ends the SPAWN_DATA: each blob is a sequence of NUL-terminated strings. */
struct inpod_spawn {
  uint32_t umask;
  uint32_t argument_count;
  uint32_t variable_count;
  uint32_t descriptor_count;
  uint32_t descriptors[INPOD_DESCRIPTORS]; /* to keep, besides 0, 1 and 2 */
  uint32_t open_files; /* soft RLIMIT_NOFILE of the program, at most the hard one; 0: as the launcher has it */
};

struct inpod_signal {
  uint32_t number;
};

struct inpod_endpoint {
  uint32_t id;
  uint32_t port;
  struct inpod_address address;
};

enum inpod_ready_flags {
  INPOD_READY_USER_NAMESPACE = 1,  /* root's files belong to nobody */
  INPOD_READY_SYSCTLS_DENIED = 2,  /* low ports and ping by capabilities of the child instead */
  INPOD_READY_NO_IPV6 = 4,         /* the kernel has none: IPv6 addresses were left out */
};

struct inpod_ready {
  uint32_t flags;
  uint32_t offloads;          /* TUN_F_ bits that the TUN took */
  uint32_t vnet_header_bytes; /* 0: a plain TUN */
  uint32_t launcher_pid;
  uint32_t mtu;
};

struct inpod_failed {
  int32_t error; /* errno */
  char step[96]; /* NUL-terminated */
  char text[96];
};

struct inpod_spawned {
  uint32_t pid;          /* as seen outside the PID namespace */
  int32_t proc_error;    /* errno of mounting /proc; not 0: the child sees the host's */
};

enum inpod_exec_stage { INPOD_STAGE_EXEC = 0, INPOD_STAGE_CWD = 1, INPOD_STAGE_FORK = 2 };

struct inpod_exec_failed {
  int32_t error;
  uint32_t code; /* 126 or 127, as a shell would */
  uint32_t stage;
};

struct inpod_stopped {
  uint32_t signal;
};

struct inpod_exited {
  uint32_t code;
  uint32_t signal; /* 0: by itself, with code */
};

struct inpod_socket {
  uint32_t id;
  int32_t error;
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the codec is little-endian");
_Static_assert(sizeof(struct inpod_address) == 24, "layout");
_Static_assert(sizeof(struct inpod_configure) == 308, "layout");
_Static_assert(sizeof(struct inpod_spawn) == 276, "layout");
_Static_assert(sizeof(struct inpod_endpoint) == 32, "layout");

#endif
