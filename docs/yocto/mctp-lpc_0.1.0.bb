SUMMARY = "MCTP over LPC: the BMC's agent and its tools"
DESCRIPTION = "An MCTP endpoint over KCS byte commands and a reserved memory window, as a service of systemd"
HOMEPAGE = "https://mctp-lpc.example/placeholder-no-home-page-yet"
LICENSE = "Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=3b83ef96387f14655fc854ddc3c6bd57"

# The package as "npm pack" makes it, and the files of docs/examples/deploy beside this recipe in files/.
SRC_URI = "file://mctp-lpc-${PV}.tgz;subdir=${BP};striplevel=1 \
           file://mctp-lpc-bmc.service \
           file://mctp-lpc.sysusers.conf \
           file://70-mctp-lpc.rules \
           "
# What the agent itself loads, installed on the build machine for the processor of the BMC: see README.md.
SRC_URI += "file://node_modules.tar.gz;subdir=${BP}"

inherit systemd useradd

# Built files alone: there is nothing to configure or compile.
do_configure[noexec] = "1"
do_compile[noexec] = "1"

# ARMv7 and later: Node.js runs on an AST2600, not on an AST2400 or AST2500.
COMPATIBLE_HOST = "(arm|aarch64|powerpc64le|x86_64).*-linux"
RDEPENDS:${PN} = "nodejs"

SYSTEMD_SERVICE:${PN} = "mctp-lpc-bmc.service"
USERADD_PACKAGES = "${PN}"
USERADD_PARAM:${PN} = "--system --no-create-home --user-group --shell /sbin/nologin mctp-lpc"

do_install() {
    install -d ${D}${libdir}/mctp-lpc ${D}${bindir}
    cp -R --no-dereference --preserve=mode,links ${S}/package.json ${S}/LICENSE ${S}/dist ${S}/node_modules ${D}${libdir}/mctp-lpc/
    rm -rf ${D}${libdir}/mctp-lpc/dist/src ${D}${libdir}/mctp-lpc/dist/host ${D}${libdir}/mctp-lpc/dist/bmc
    chown -R root:root ${D}${libdir}/mctp-lpc
    ln -s ../lib/mctp-lpc/dist/bin/mctp-lpc.js ${D}${bindir}/mctp-lpc

    install -D -m 0644 ${WORKDIR}/mctp-lpc-bmc.service ${D}${systemd_system_unitdir}/mctp-lpc-bmc.service
    install -D -m 0644 ${WORKDIR}/mctp-lpc.sysusers.conf ${D}${nonarch_libdir}/sysusers.d/mctp-lpc.conf
    install -D -m 0644 ${WORKDIR}/70-mctp-lpc.rules ${D}${nonarch_base_libdir}/udev/rules.d/70-mctp-lpc.rules
}

FILES:${PN} += "${libdir}/mctp-lpc ${nonarch_libdir}/sysusers.d ${nonarch_base_libdir}/udev"
# koffi brings binaries that were built and stripped elsewhere.
INSANE_SKIP:${PN} += "already-stripped ldflags file-rdeps"
