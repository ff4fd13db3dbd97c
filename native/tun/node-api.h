/*
 * What node-addon.c needs of Node-API and libuv, whose ABI Node promises to keep: so that no headers of Node's have to be installed or downloaded.
 * https://nodejs.org/api/n-api.html, https://docs.libuv.org/en/v1.x/poll.html
 */
#ifndef INPOD_NODE_API_H
#define INPOD_NODE_API_H

#include <stddef.h>
#include <stdint.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_ref__ *napi_ref;
typedef struct napi_callback_info__ *napi_callback_info;
typedef struct napi_handle_scope__ *napi_handle_scope;
typedef struct napi_async_context__ *napi_async_context;
typedef napi_value (*napi_callback)(napi_env env, napi_callback_info info);
/* napi_ok is 0; of the others only that they are not. */
typedef int napi_status;

napi_status napi_create_function(napi_env, const char *name, size_t length, napi_callback, void *data, napi_value *result);
napi_status napi_set_named_property(napi_env, napi_value object, const char *name, napi_value value);
napi_status napi_get_cb_info(napi_env, napi_callback_info, size_t *count, napi_value *arguments, napi_value *self, void **data);
napi_status napi_get_value_int32(napi_env, napi_value, int32_t *result);
napi_status napi_get_typedarray_info(napi_env, napi_value, int *type, size_t *length, void **data, napi_value *buffer, size_t *offset);
napi_status napi_create_int32(napi_env, int32_t value, napi_value *result);
napi_status napi_create_external(napi_env, void *data, void (*finalize)(napi_env, void *, void *), void *hint, napi_value *result);
napi_status napi_get_value_external(napi_env, napi_value, void **result);
napi_status napi_create_reference(napi_env, napi_value, uint32_t count, napi_ref *result);
napi_status napi_delete_reference(napi_env, napi_ref);
napi_status napi_get_reference_value(napi_env, napi_ref, napi_value *result);
napi_status napi_open_handle_scope(napi_env, napi_handle_scope *result);
napi_status napi_close_handle_scope(napi_env, napi_handle_scope);
napi_status napi_get_global(napi_env, napi_value *result);
napi_status napi_make_callback(napi_env, napi_async_context, napi_value self, napi_value function, size_t count, const napi_value *arguments,
                               napi_value *result);
napi_status napi_get_and_clear_last_exception(napi_env, napi_value *result);
napi_status napi_fatal_exception(napi_env, napi_value error);
napi_status napi_throw_error(napi_env, const char *code, const char *message);
napi_status napi_throw_range_error(napi_env, const char *code, const char *message);

struct uv_loop_s;
/* Begins with `void *data`, which is ours; its size is asked for. */
typedef struct uv_handle {
  void *data;
} uv_handle;
enum { UV_HANDLE_POLL = 8 };
enum { UV_EVENT_READABLE = 1, UV_EVENT_WRITABLE = 2 };

napi_status napi_get_uv_event_loop(napi_env, struct uv_loop_s **loop);
size_t uv_handle_size(int type);
int uv_poll_init(struct uv_loop_s *, uv_handle *poll, int fd);
int uv_poll_start(uv_handle *poll, int events, void (*ready)(uv_handle *poll, int status, int events));
int uv_poll_stop(uv_handle *poll);
void uv_close(uv_handle *, void (*closed)(uv_handle *));

#endif
