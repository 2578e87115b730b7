import CBPF
import Glibc

/// A program at a hook of an interface.
package struct Attachment: Sendable, Hashable, CustomStringConvertible {
    package var program: Program
    package var interface: String
    package var index: UInt32

    package var description: String { "\(program.rawValue) on \(interface)" }

    /// Names of pins may not hold a dot; names of interfaces may.
    var pinName: String { "\(program.rawValue)@\(Self.pinText(interface))" }

    static func pinText(_ interface: String) -> String { interface.map { $0 == "." ? "%2e" : String($0) }.joined() }

    init(program: Program, interface: String, index: UInt32) {
        self.program = program
        self.interface = interface
        self.index = index
    }
}

/// How tc programs are attached. Links (tcx) need Linux 6.6; before that, filters under clsact.
package enum TCMechanism: String, Sendable, CaseIterable { case tcx, clsact }

/// Attaches programs so that they stay when the controller goes, and finds out what is attached.
///
/// What the kernel says at the hook decides, not what is pinned: a link whose device is gone stays as a pin, and
/// interface indices come again.
package struct Attacher: Sendable {
    let folder: PinFolder
    package let mechanism: TCMechanism

    init(folder: PinFolder, mechanism: TCMechanism? = nil) {
        self.folder = folder
        self.mechanism = mechanism ?? Self.preferred
    }

    /// tcx where the kernel has it.
    static let preferred: TCMechanism = {
        var count: UInt32 = 0
        // Interface 0 exists nowhere: a kernel with tcx complains about that (ENODEV), others about the hook.
        let code = bpf_prog_query(1, bpf_attach_type(UInt32(SHAPER_ATTACH_TCX_INGRESS)), 0, nil, nil, &count)
        return code == 0 || failure(code) == ENODEV ? .tcx : .clsact
    }()

    /// True where this very program is at the hook.
    func isAttached(_ attachment: Attachment, id: UInt32) throws(KernelError) -> Bool {
        switch (attachment.program.hook, mechanism) {
        case (.xdp, _): try xdpProgram(attachment) == id
        case (let hook, .tcx): try tcxPrograms(attachment, hook).contains(id)
        case (let hook, .clsact): clsactProgram(attachment, hook) == id
        }
    }

    /// Attaches the program, or puts it in the place of an older one of ours without a gap.
    func attach(_ attachment: Attachment, _ program: Programs.LoadedProgram) throws(KernelError) {
        switch (attachment.program.hook, mechanism) {
        case (.xdp, _): try attachXDP(attachment, program)
        case (let hook, .tcx): try attachTCX(attachment, hook, program)
        case (let hook, .clsact): try attachClsact(attachment, hook, program)
        }
    }

    /// Detaches what `attach` attached; nobody else's.
    func detach(_ attachment: Attachment) {
        if attachment.program.hook != .xdp, mechanism == .clsact { detachClsact(attachment) }
        unlink("\(folder.links)/\(attachment.pinName)")
    }

    /// What is pinned as attached, by pin name.
    func pinned() -> [Attachment] {
        PinFolder.entries(of: folder.links).compactMap { entry in
            let parts = entry.split(separator: "@", maxSplits: 1)
            guard parts.count == 2, let program = Program(rawValue: String(parts[0])) else { return nil }
            let interface = parts[1].split(separator: "%2e", omittingEmptySubsequences: false).joined(separator: ".")
            return Attachment(program: program, interface: interface, index: if_nametoindex(interface))
        }
    }

    private func error(_ operation: String, _ attachment: Attachment, _ code: Int32, _ detail: String? = nil)
        -> KernelError
    {
        KernelError(operation: operation, subject: "program \(attachment)", errno: failure(code), detail: detail)
    }
}

// MARK: links

extension Attacher {
    private func tcxPrograms(_ attachment: Attachment, _ hook: Hook) throws(KernelError) -> [UInt32] {
        var ids = [UInt32](repeating: 0, count: 64)
        var count = UInt32(ids.count)
        let code = bpf_prog_query(Int32(attachment.index), hook.tcx, 0, nil, &ids, &count)
        if code != 0 {
            if failure(code) == ENOENT { return [] }
            throw error("query", attachment, code)
        }
        return Array(ids.prefix(Int(count)))
    }

    private func attachTCX(
        _ attachment: Attachment, _ hook: Hook, _ program: Programs.LoadedProgram
    ) throws(KernelError) {
        let atHook = try tcxPrograms(attachment, hook)
        if try updateLink(attachment, program, isLive: { atHook.contains($0) }) { return }
        let code = bpf_link_create(program.fd, Int32(attachment.index), hook.tcx, nil)
        guard code >= 0 else { throw error("attach", attachment, code) }
        try pin(FileDescriptor(code), attachment)
    }

    private func xdpProgram(_ attachment: Attachment) throws(KernelError) -> UInt32 {
        var id: UInt32 = 0
        let code = bpf_xdp_query_id(Int32(attachment.index), 0, &id)
        guard code == 0 else { throw error("query", attachment, code) }
        return id
    }

    private func attachXDP(_ attachment: Attachment, _ program: Programs.LoadedProgram) throws(KernelError) {
        let atHook = try xdpProgram(attachment)
        if try updateLink(attachment, program, isLive: { $0 == atHook }) { return }
        guard atHook == 0 else {
            throw KernelError(
                operation: "attach", subject: "program \(attachment)", errno: EBUSY,
                detail: "another XDP program (id \(atHook)) is attached and stays; remove it with "
                    + "`ip link set dev \(attachment.interface) xdp off` if it is not needed")
        }
        // The driver's own mode where it has one; the generic one works everywhere, but spares nothing.
        var code: Int32 = -1
        let modes =
            attachment.program == .portExpress ? [XDP_FLAGS_DRV_MODE] : [XDP_FLAGS_DRV_MODE, XDP_FLAGS_SKB_MODE]
        for mode in modes.map({ UInt32($0) }) {
            var options = bpf_link_create_opts()
            options.sz = optionsSize(through: \bpf_link_create_opts.flags)
            options.flags = mode
            code = bpf_link_create(program.fd, Int32(attachment.index), BPF_XDP, &options)
            if code >= 0 { break }
        }
        guard code >= 0 else {
            throw error("attach", attachment, code, attachment.program == .portExpress ? nativeDetail(code) : nil)
        }
        try pin(FileDescriptor(code), attachment)
    }

    /// Why a driver does not take a port's program, and what to do.
    private func nativeDetail(_ code: Int32) -> String {
        switch failure(code) {
        case EOPNOTSUPP: "its driver does not run XDP programs; remove xdp: native from the port"
        case ERANGE:
            "packets could be longer than XDP reads them; lower the MTU (a veth's far end's), or remove xdp: native from "
                + "the port"
        default: "its driver refuses XDP programs; remove xdp: native from the port"
        }
    }

    /// Puts the program into the pinned link. False: there is none, or its device is gone; then its pin is removed.
    private func updateLink(
        _ attachment: Attachment, _ program: Programs.LoadedProgram, isLive: (UInt32) -> Bool
    ) throws(KernelError) -> Bool {
        let path = "\(folder.links)/\(attachment.pinName)"
        let opened = bpf_obj_get(path)
        guard opened >= 0 else { return false }
        let link = FileDescriptor(opened)
        var index: UInt32 = 0
        var present: UInt32 = 0
        guard shaper_link_target(link.raw, &index, &present) == 0, index == attachment.index, isLive(present) else {
            unlink(path)
            return false
        }
        if present == program.id { return true }
        let code = bpf_link_update(link.raw, program.fd, nil)
        guard code == 0 else { throw error("replace", attachment, code) }
        return true
    }

    private func pin(_ link: consuming FileDescriptor, _ attachment: Attachment) throws(KernelError) {
        let code = bpf_obj_pin(link.raw, "\(folder.links)/\(attachment.pinName)")
        guard code == 0 else { throw error("pin", attachment, code) }
    }
}

// MARK: filters

extension Attacher {
    /// Ours among the filters of a hook: a fixed place, so that attaching twice is attaching once.
    private static let handle: UInt32 = 1
    private static let priority: UInt32 = 0x5348

    private func withFilter<T>(
        _ attachment: Attachment, _ hook: Hook, _ body: (inout bpf_tc_hook, inout bpf_tc_opts) -> T
    ) -> T {
        var place = bpf_tc_hook()
        place.sz = optionsSize(through: \bpf_tc_hook.parent)
        place.ifindex = Int32(attachment.index)
        place.attach_point = hook == .tcEgress ? BPF_TC_EGRESS : BPF_TC_INGRESS
        var options = bpf_tc_opts()
        options.sz = optionsSize(through: \bpf_tc_opts.priority)
        options.handle = Self.handle
        options.priority = Self.priority
        return body(&place, &options)
    }

    private func clsactProgram(_ attachment: Attachment, _ hook: Hook) -> UInt32? {
        withFilter(attachment, hook) { place, options in
            bpf_tc_query(&place, &options) == 0 ? options.prog_id : nil
        }
    }

    private func attachClsact(
        _ attachment: Attachment, _ hook: Hook, _ program: Programs.LoadedProgram
    ) throws(KernelError) {
        let code = withFilter(attachment, hook) { place, options in
            let made = bpf_tc_hook_create(&place)
            guard made == 0 || failure(made) == EEXIST else { return made }
            if made == 0 { _ = bpf_obj_pin(program.fd, clsactMark(attachment)) }
            options.prog_fd = program.fd
            options.flags = BPF_TC_F_REPLACE.rawValue
            return bpf_tc_attach(&place, &options)
        }
        guard code == 0 else { throw error("attach", attachment, code) }
        // A filter stays by itself. The pin of its program is the record that it is ours.
        let path = "\(folder.links)/\(attachment.pinName)"
        unlink(path)
        let pinned = bpf_obj_pin(program.fd, path)
        guard pinned == 0 else { throw error("pin", attachment, pinned) }
    }

    private func detachClsact(_ attachment: Attachment) {
        guard attachment.index != 0 else { return }
        _ = withFilter(attachment, attachment.program.hook) { place, options in
            bpf_tc_detach(&place, &options)
        }
        // clsact itself goes only if it was made here and nobody has a filter in it.
        guard access(clsactMark(attachment), F_OK) == 0 else { return }
        try? Netlink().removeEmptyClsact(interface: attachment.index)
        if !pinned().contains(where: { $0.interface == attachment.interface && $0 != attachment }) {
            unlink(clsactMark(attachment))
        }
    }

    /// A pin that says: this interface's clsact was made here.
    private func clsactMark(_ attachment: Attachment) -> String {
        "\(folder.links)/clsact@" + Attachment.pinText(attachment.interface)
    }
}

extension Hook {
    fileprivate var tcx: bpf_attach_type {
        bpf_attach_type(UInt32(self == .tcEgress ? SHAPER_ATTACH_TCX_EGRESS : SHAPER_ATTACH_TCX_INGRESS))
    }
}
