#!/bin/sh
# own-machine.sh FOLDER COMMAND...: runs the command in a network of its own, as on a laptop in an office: a network card, a default route that leads nowhere,
# a name server that doesn't answer, a search domain. What changes the whole machine changes this one. FOLDER gets its resolv.conf. Needs root.
set -eu
folder=$1
shift
printf 'nameserver 10.99.0.53\nsearch office.example\noptions timeout:1 attempts:2\n' >"$folder/resolv.conf"
export OWN_MACHINE_FOLDER="$folder"
exec unshare --net --mount --propagation private sh -euc '
  ip link set lo up
  ip link add office0 type veth peer name office1
  ip addr add 10.99.0.1/24 dev office0
  for card in office0 office1; do ip link set "$card" addrgenmode none; done
  ip link set office0 up
  ip link set office1 up
  ip route add default via 10.99.0.254
  ip -6 addr add fd99::1/64 dev office0 nodad
  ip -6 route add default via fd99::fe
  mount --bind "$OWN_MACHINE_FOLDER/resolv.conf" /etc/resolv.conf
  exec "$@"' sh "$@"
