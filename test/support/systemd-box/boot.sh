#!/bin/sh
# Boots a systemd of its own, for units that are tried: in namespaces of its own (main.ts makes them), on a copy of this
# machine that is thrown away, with none of its services. $1: an empty folder; $2: a folder that the copy has at /mnt.
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/changes" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/root"
cd "$1/root"

mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=700 tmpfs sys/kernel/debug
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty fuse; do
  touch "dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount --bind "$2" mnt

# Nothing of the machine is started: neither its services nor what generators make.
rm -rf usr/lib/systemd/system-generators usr/lib/systemd/system/*.wants etc/systemd/system/*
mkdir -p run/systemd/system
printf '[Unit]\nDescription=Units that are tried\nRequires=sysinit.target\n' >run/systemd/system/tried.target
echo 0123456789abcdef0123456789abcdef >etc/machine-id

mkdir tmp/old
pivot_root . tmp/old
umount -l /tmp/old
exec env -i container=mctp-lpc PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  /lib/systemd/systemd --system --unit=tried.target --log-target=console --show-status=no </dev/null
