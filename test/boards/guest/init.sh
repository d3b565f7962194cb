#!/usr/bin/busybox sh
# The first process of the emulated BMC: makes it a system, loads the driver of the reserved memory, and then runs each
# line that comes on the console. What a line prints stands between "guest: begin" and "guest: done NUMBER STATUS".
/usr/bin/busybox --install -s /usr/sbin
export PATH=/usr/bin:/usr/sbin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
# From here on nothing but the lines' own words goes to the console.
dmesg -n 1
stty raw -echo
insmod /modules/aspeed-lpc-ctrl.ko
cd /tmp
number=0
echo "guest: ready"
while read -r line; do
  number=$((number + 1))
  echo "guest: begin $number"
  sh -c "$line" </dev/null 2>&1
  echo "guest: done $number $?"
done
poweroff -f
