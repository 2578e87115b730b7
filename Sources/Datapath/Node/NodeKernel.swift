import CBPF
import Glibc
import Plan
import Policy

/// How a policy is to be applied.
package struct ApplyOptions: Sendable {
    /// Someone else's root qdisc on the underlay may be replaced.
    package var replaceQdisc: Bool
    /// nil: as it is, or the best the kernel has.
    package var mechanism: TCMechanism?

    package init(replaceQdisc: Bool = false, mechanism: TCMechanism? = nil) {
        self.replaceQdisc = replaceQdisc
        self.mechanism = mechanism
    }
}

/// One node's part of the kernel: what its name owns in this network namespace, and nothing else.
///
/// The kernel holds the state, not the process: whoever keeps one asks `isCurrent` before each piece of work. Not for
/// several threads at once, though it may go from one to another; callers hold the node's lock while they change
/// something.
package final class NodeKernel: @unchecked Sendable {
    package let folder: PinFolder
    let netlink: Netlink
    /// nil: nothing of this node is in the kernel.
    var pinned: Pinned?
    /// What an earlier look found, or this one has; nil: the next look reads the image whole.
    package var seen: SeenImage?

    /// What is pinned.
    final class Pinned {
        let maps: Maps
        let meta: shaper_meta
        /// Of the pins.
        let identity: UInt64?

        init(maps: Maps, meta: shaper_meta, identity: UInt64?) {
            self.maps = maps
            self.meta = meta
            self.identity = identity
        }
    }

    package init(node: String) throws(KernelError) {
        folder = PinFolder(node: node)
        netlink = try Netlink()
        pinned = try Self.open(folder)
    }

    package var isLoaded: Bool { pinned != nil }

    /// False once others have made the node's maps anew, or removed them.
    package var isCurrent: Bool { folder.mapsIdentity == pinned?.identity }

    /// The generation in force; 0: none.
    package func generation() throws(KernelError) -> UInt32 {
        try pinned?.maps.control.value(UInt32(0), initially: shaper_control())?.generation ?? 0
    }

    /// The image in force.
    func activeImage() throws(KernelError) -> PolicyImage? {
        let generation = try generation()
        guard generation != 0 else { return nil }
        return try PolicyImage(reading: ImageMaps(pinnedIn: folder.maps), slot: Int(generation) % Limit.slots)
    }

    static func open(_ folder: PinFolder) throws(KernelError) -> Pinned? {
        guard let identity = folder.mapsIdentity else { return nil }
        let maps = try Maps(pinnedIn: folder.maps)
        guard let meta = try maps.meta.value(UInt32(0), initially: shaper_meta()), meta.abi != 0 else { return nil }
        return Pinned(maps: maps, meta: meta, identity: identity)
    }

    var tunnelName: String { "sh-\(folder.node)" }

    func attacher(_ options: ApplyOptions = ApplyOptions()) -> Attacher {
        Attacher(folder: folder, mechanism: options.mechanism ?? pinned.map { TCMechanism($0.meta) })
    }
}

extension TCMechanism {
    init(_ meta: shaper_meta) { self = meta.mechanism == SHAPER_TC_CLSACT.rawValue ? .clsact : .tcx }

    var raw: UInt32 { self == .clsact ? SHAPER_TC_CLSACT.rawValue : SHAPER_TC_TCX.rawValue }
}
