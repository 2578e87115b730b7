import CBPF
import Foundation

/// The kernel programs, one to a hook.
package enum Program: String, CaseIterable, Sendable {
    case portIngress = "port_ingress"
    case portExpress = "port_express"
    case fabricIngress = "fabric_ingress"
    case underlayIngress = "underlay_ingress"
    case underlayGuard = "underlay_guard"
    case underlayEgress = "underlay_egress"
    case treeClass = "tree_class"

    var hook: Hook {
        switch self {
        case .portIngress, .fabricIngress, .underlayGuard: .tcIngress
        case .underlayEgress: .tcEgress
        case .portExpress, .underlayIngress: .xdp
        case .treeClass: .tree
        }
    }
}

/// Where in the kernel a program is attached.
package enum Hook: Sendable {
    case tcIngress, tcEgress, xdp
    /// The filters of a transmit queue's tree: they belong to the queues, which are made and compared with them.
    case tree
}

/// A compiled object, open: its maps can be pointed at pins, nothing is in the kernel yet.
struct OpenObject: ~Copyable {
    private let object: OpaquePointer
    private let name: String

    /// - Parameter image: an ELF file as libbpf reads it.
    init(name: String, image: Data) throws(KernelError) {
        shaper_log_capture()
        shaper_log_clear()
        var options = bpf_object_open_opts()
        options.sz = optionsSize(through: \bpf_object_open_opts.object_name)
        let opened = name.withCString { label in
            options.object_name = label
            return image.withUnsafeBytes { bpf_object__open_mem($0.baseAddress, $0.count, &options) }
        }
        guard let opened else {
            throw KernelError(operation: "read", subject: "object \(name)", errno: errno, detail: Self.log())
        }
        object = opened
        self.name = name
    }

    deinit { bpf_object__close(object) }

    /// Verifies the program and puts it into the kernel. Its maps are those pinned in `folder`, or made and pinned.
    consuming func load(mapsPinnedIn folder: String) throws(KernelError) -> FileDescriptor {
        var map = bpf_object__next_map(object, nil)
        while let current = map {
            // The compiler's own, of constants, belongs to the program alone.
            defer { map = bpf_object__next_map(object, current) }
            if bpf_map__is_internal(current) { continue }
            let path = "\(folder)/\(String(cString: bpf_map__name(current)))"
            Self.adoptDeviceMap(current, pinnedAt: path)
            let code = bpf_map__set_pin_path(current, path)
            guard code == 0 else { throw KernelError(operation: "pin", subject: path, errno: failure(code)) }
        }
        let code = bpf_object__load(object)
        guard code == 0 else {
            throw KernelError(
                operation: "load", subject: "program \(name)", errno: failure(code), detail: Self.log())
        }
        guard let program = bpf_object__next_program(object, nil) else {
            throw KernelError(operation: "find", subject: "program \(name)", errno: ENOENT)
        }
        // The object closes its own descriptor when it goes.
        return FileDescriptor(dup(bpf_program__fd(program)))
    }

    /// The kernel gives a device map a flag that nobody may ask for, and libbpf 1.1 takes the pinned one for another's:
    /// it is told what the map is like before it compares.
    private static func adoptDeviceMap(_ map: OpaquePointer, pinnedAt path: String) {
        guard bpf_map__type(map) == BPF_MAP_TYPE_DEVMAP else { return }
        let descriptor = bpf_obj_get(path)
        guard descriptor >= 0 else { return }
        bpf_map__reuse_fd(map, descriptor)
        close(descriptor)
    }

    private static func log() -> String? {
        let text = String(cString: shaper_log_text()).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : text
    }
}

/// The programs of one node in the kernel.
package struct Programs: ~Copyable, Sendable {
    private let descriptors: [Program: LoadedProgram]

    package struct LoadedProgram: Sendable {
        let fd: Int32
        /// The kernel's number of the program: what queries of a hook answer.
        package let id: UInt32
    }

    /// True where the pinned programs come from this binary's objects.
    static func areCurrent(_ meta: shaper_meta) -> Bool {
        withUnsafeBytes(of: meta.objects) { $0.elementsEqual(digest) } && meta.abi == UInt32(SHAPER_ABI)
    }

    static var meta: shaper_meta {
        var meta = shaper_meta()
        meta.abi = UInt32(SHAPER_ABI)
        withUnsafeMutableBytes(of: &meta.objects) { $0.copyBytes(from: digest) }
        return meta
    }

    private static let digest: [UInt8] = {
        let digits = Array(embeddedDigest.utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
        }
    }()

    /// Those pinned in a folder.
    init(pinnedIn folder: String) throws(KernelError) {
        var found: [Program: LoadedProgram] = [:]
        for program in Program.allCases {
            let path = "\(folder)/\(program.rawValue)"
            let code = bpf_obj_get(path)
            guard code >= 0 else { throw KernelError(operation: "open", subject: path, errno: failure(code)) }
            found[program] = try LoadedProgram(adopting: FileDescriptor(code), path)
        }
        descriptors = found
    }

    /// Loads this binary's, sharing the maps pinned in `maps`.
    init(loadingWithMapsIn maps: String) throws(KernelError) {
        var loaded: [Program: LoadedProgram] = [:]
        for object in embeddedObjects {
            guard let program = Program(rawValue: object.name),
                let image = Data(base64Encoded: object.base64.description)
            else { throw KernelError(operation: "read", subject: "object \(object.name)", errno: EINVAL) }
            let open = try OpenObject(name: object.name, image: image)
            loaded[program] = try LoadedProgram(adopting: try open.load(mapsPinnedIn: maps), object.name)
        }
        descriptors = loaded
    }

    deinit { for program in descriptors.values { close(program.fd) } }

    package subscript(_ program: Program) -> LoadedProgram { descriptors[program]! }

    /// Pins each, in place of what is pinned by its name; no reader finds the place empty.
    func pin(in folder: String) throws(KernelError) {
        for (program, loaded) in descriptors {
            let path = "\(folder)/\(program.rawValue)", fresh = path + "-new"
            unlink(fresh)
            let code = bpf_obj_pin(loaded.fd, fresh)
            guard code == 0, rename(fresh, path) == 0 else {
                throw KernelError(operation: "pin", subject: path, errno: failure(code))
            }
        }
    }
}

extension Programs.LoadedProgram {
    fileprivate init(adopting descriptor: consuming FileDescriptor, _ name: String) throws(KernelError) {
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        let code = bpf_obj_get_info_by_fd(descriptor.raw, &info, &length)
        guard code == 0 else {
            throw KernelError(operation: "inspect", subject: "program \(name)", errno: failure(code))
        }
        fd = dup(descriptor.raw)
        id = info.id
    }
}
