/*
 * The library as an addon of Node's: the same functions as by ffi, at a fiftieth of a call's price; and descriptors are waited for in Node's own loop, without
 * the doorbell's thread. Arguments are ours alone: a wrong one throws, and says no more.
 */
#include <stdlib.h>
#include <string.h>

#include "inpod-tun.h"
#include "node-api.h"

#define MAX_ARGUMENTS 6

/* The arguments of a call as C has them: i for an int, b for the bytes of a typed array. @returns 0, or -1 where it has thrown */
static int take(napi_env env, napi_callback_info info, const char *kinds, void **pointers, size_t *lengths, int32_t *numbers) {
  napi_value values[MAX_ARGUMENTS];
  size_t count = MAX_ARGUMENTS;
  if (napi_get_cb_info(env, info, &count, values, NULL, NULL) != 0) return -1;
  for (size_t i = 0; kinds[i]; i++) {
    napi_status status;
    if (i >= count) status = -1;
    else if (kinds[i] == 'b') status = napi_get_typedarray_info(env, values[i], NULL, &lengths[i], &pointers[i], NULL, NULL);
    else if (kinds[i] == 'x') status = napi_get_value_external(env, values[i], &pointers[i]);
    else status = napi_get_value_int32(env, values[i], &numbers[i]);
    if (status == 0) continue;
    napi_throw_error(env, "ERR_INVALID_ARG_TYPE", "inpod's native library was called with something else than it takes");
    return -1;
  }
  return 0;
}

static napi_value number(napi_env env, int32_t value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

#define TAKE(kinds)                          \
  void *p[MAX_ARGUMENTS];                    \
  size_t lengths[MAX_ARGUMENTS];             \
  int32_t n[MAX_ARGUMENTS];                  \
  (void)lengths;                             \
  if (take(env, info, kinds, p, lengths, n) < 0) return NULL

static napi_value control_pair(napi_env env, napi_callback_info info) {
  TAKE("b");
  return number(env, inpod_control_pair(p[0]));
}

static napi_value control_receive(napi_env env, napi_callback_info info) {
  TAKE("ibib");
  return number(env, inpod_control_receive(n[0], p[1], (uint32_t)n[2], p[3]));
}

static napi_value control_send(napi_env env, napi_callback_info info) {
  TAKE("ibi");
  return number(env, inpod_control_send(n[0], p[1], (uint32_t)n[2]));
}

static napi_value tun_read(napi_env env, napi_callback_info info) {
  TAKE("ibibi");
  return number(env, inpod_tun_read(n[0], p[1], (uint32_t)n[2], p[3], (uint32_t)n[4]));
}

static napi_value tun_write(napi_env env, napi_callback_info info) {
  TAKE("ibibii");
  return number(env, inpod_tun_write(n[0], p[1], (uint32_t)n[2], p[3], (uint32_t)n[4], (uint32_t)n[5]));
}

/* Target, where in it, source, from where in it, to before where: what JavaScript does only through an object of its own. Its bounds are checked as there. */
static napi_value copy(napi_env env, napi_callback_info info) {
  TAKE("bibii");
  size_t at = (size_t)n[1], from = (size_t)n[3], end = (size_t)n[4];
  if (n[1] < 0 || n[3] < 0 || n[4] < n[3] || end > lengths[2] || end - from > lengths[0] || at > lengths[0] - (end - from)) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "a copy would pass the end of its source or its target");
    return NULL;
  }
  memmove((uint8_t *)p[0] + at, (const uint8_t *)p[2] + from, end - from);
  return NULL;
}

static napi_value close_descriptor(napi_env env, napi_callback_info info) {
  TAKE("i");
  return number(env, inpod_close(n[0]));
}

/* ---- descriptors in Node's loop ---- */

/* One descriptor. libuv goes on watching after a ring, since whoever heard it mostly arms again: only a ring that nobody asked for ends that. */
struct watch {
  napi_env env;
  napi_ref listener;
  uv_handle *poll;
  int armed;    /* the events that are to ring once; 0: none */
  int watching; /* the events that libuv watches for */
};

static void call(struct watch *watch) {
  napi_env env = watch->env;
  napi_handle_scope scope;
  napi_value global, listener, error;
  if (napi_open_handle_scope(env, &scope) != 0) return;
  if (napi_get_global(env, &global) == 0 && napi_get_reference_value(env, watch->listener, &listener) == 0 &&
      napi_make_callback(env, NULL, global, listener, 0, NULL, NULL) != 0 && napi_get_and_clear_last_exception(env, &error) == 0)
    napi_fatal_exception(env, error);
  napi_close_handle_scope(env, scope);
}

/* A failure rings as well: what is then read or written says which. */
static void ready(uv_handle *poll, int status, int events) {
  struct watch *watch = poll->data;
  if (status < 0 || (watch->armed & events) == 0) {
    uv_poll_stop(poll);
    watch->watching = 0;
  }
  if (watch->armed == 0 || (status == 0 && (watch->armed & events) == 0)) {
    if (watch->armed != 0 && uv_poll_start(poll, watch->armed, ready) == 0) watch->watching = watch->armed;
    return;
  }
  watch->armed = 0;
  call(watch);
}

static napi_value watch_open(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result = NULL;
  size_t count = 2;
  int32_t fd;
  struct uv_loop_s *loop;
  struct watch *watch = calloc(1, sizeof *watch);
  uv_handle *poll = calloc(1, uv_handle_size(UV_HANDLE_POLL));
  if (!watch || !poll || napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != 0 ||
      napi_get_value_int32(env, arguments[0], &fd) != 0 || napi_get_uv_event_loop(env, &loop) != 0 || uv_poll_init(loop, poll, fd) != 0) {
    free(watch);
    free(poll);
    napi_throw_error(env, "ERR_INVALID_STATE", "a descriptor can't be watched");
    return NULL;
  }
  watch->env = env;
  watch->poll = poll;
  poll->data = watch;
  napi_create_reference(env, arguments[1], 1, &watch->listener);
  napi_create_external(env, watch, NULL, NULL, &result);
  return result;
}

static napi_value watch_arm(napi_env env, napi_callback_info info) {
  TAKE("xi");
  struct watch *watch = p[0];
  watch->armed = n[1];
  if ((watch->watching & watch->armed) == watch->armed) return number(env, 0);
  int result = uv_poll_start(watch->poll, watch->armed, ready);
  if (result == 0) watch->watching = watch->armed;
  return number(env, result);
}

static void freed(uv_handle *poll) {
  free(poll->data);
  free(poll);
}

static napi_value watch_close(napi_env env, napi_callback_info info) {
  TAKE("x");
  struct watch *watch = p[0];
  watch->armed = 0;
  napi_delete_reference(env, watch->listener);
  uv_close(watch->poll, freed);
  return number(env, 0);
}

static void add(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value;
  if (napi_create_function(env, name, SIZE_MAX, function, NULL, &value) == 0) napi_set_named_property(env, exports, name, value);
}

INPOD_API int32_t node_api_module_get_api_version_v1(void) { return 8; }

/* Node calls it once the library is loaded. */
INPOD_API napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  add(env, exports, "inpod_control_pair", control_pair);
  add(env, exports, "inpod_control_receive", control_receive);
  add(env, exports, "inpod_control_send", control_send);
  add(env, exports, "inpod_tun_read", tun_read);
  add(env, exports, "inpod_tun_write", tun_write);
  add(env, exports, "inpod_copy", copy);
  add(env, exports, "inpod_close", close_descriptor);
  add(env, exports, "inpod_watch_open", watch_open);
  add(env, exports, "inpod_watch_arm", watch_arm);
  add(env, exports, "inpod_watch_close", watch_close);
  return exports;
}
