import CBPF
import CNetlink

/// HTB and its leaves in netlink's words.
enum HTB {
    static let kind = "htb"
    static let leafKind = "bfifo"
    /// Packets that wait in the direct queue, where they go until the default class exists. The kernel's own choice
    /// is the device's transmit queue length, which may be 0 (all lost) or endless.
    private static let directQueueLength: UInt32 = 1000

    static func header(interface: UInt32, handle: UInt32 = 0, parent: UInt32 = 0) -> tcmsg {
        var header = tcmsg()
        header.tcm_ifindex = Int32(bitPattern: interface)
        header.tcm_handle = handle
        header.tcm_parent = parent
        return header
    }

    /// In the first tree, a leaf's qdisc has its class's minor as its major: known without asking, and below our
    /// root's. In the others the kernel gives it one from `8000:` on: an interface has each major once.
    static func leafHandle(_ minor: UInt32, tree: Int) -> UInt32 { tree == 0 ? minor << 16 : 0 }

    /// True of a qdisc that is ours, or cannot be told from ours, by the class it is in.
    static func isLeaf(kind: String, handle: UInt32, parent: UInt32) -> Bool {
        guard kind == leafKind, parent >= QueueID.root else { return false }
        let ours = leafHandle(parent & 0xFFFF, tree: Int((parent - QueueID.root) >> 16))
        return ours == 0 || handle == ours
    }

    /// One for all transmit queues.
    static func addRoot(interface: UInt32, replacing: Bool) -> NetlinkMessage {
        addTree(
            0, parent: TC_H_ROOT, flags: NLM_F_CREATE | (replacing ? NLM_F_REPLACE : NLM_F_EXCL), interface: interface)
    }

    /// That of a transmit queue, in the place of what mq has there.
    static func addTree(_ tree: Int, interface: UInt32) -> NetlinkMessage {
        addTree(
            tree, parent: QueueID.transmitQueue(tree), flags: NLM_F_CREATE | NLM_F_REPLACE, interface: interface)
    }

    private static func addTree(_ tree: Int, parent: UInt32, flags: Int32, interface: UInt32) -> NetlinkMessage {
        describing(rtnl_qdisc_alloc(), kind, interface, handle: QueueID.tree(tree), parent: parent) { root in
            mustSucceed(rtnl_htb_set_defcls(root, SHAPER_OWN_MINOR.rawValue))
            // Unused, for every class names its quantum; the kernel refuses 0.
            mustSucceed(rtnl_htb_set_rate2quantum(root, 10))
            let request = NetlinkMessage {
                rtnl_qdisc_build_add_request(root, flags, &$0)
            }
            request.extendOptions {
                // libnl-route 3.7 has no setter for it.
                request.put(TCA_HTB_DIRECT_QLEN, directQueueLength)
            }
            return request
        }
    }

    /// Makes a class, or changes the one there is: that is told by `flags`. Attribute by attribute: libnl-route works out
    /// tables of times that the kernel does not need where the link layer is named, rounds bursts to whole microseconds
    /// (of 2 kB at 100 Gbit nothing would be left), and takes most of the time of a batch.
    static func setClass(_ queue: HTBClass, flags: Int32, interface: UInt32) -> NetlinkMessage {
        let message = NetlinkMessage(
            RTM_NEWTCLASS, flags: flags,
            family: header(
                interface: interface, handle: queue.id, parent: QueueID.classID(queue.parentMinor, tree: queue.tree)))
        message.put(TCA_KIND, kind)
        message.nest(TCA_OPTIONS) {
            var parameters = tc_htb_opt()
            parameters.rate = specification(queue.rate)
            parameters.ceil = specification(queue.ceiling)
            parameters.buffer = queue.burst
            parameters.cbuffer = queue.ceilingBurst
            parameters.quantum = queue.quantum
            parameters.prio = queue.priority
            message.put(TCA_HTB_PARMS, parameters)
            if queue.rate > UInt32.max { message.put(TCA_HTB_RATE64, queue.rate) }
            if queue.ceiling > UInt32.max { message.put(TCA_HTB_CEIL64, queue.ceiling) }
        }
        return message
    }

    /// - Parameter rate: bytes a second; where it does not fit, another attribute has it.
    private static func specification(_ rate: UInt64) -> tc_ratespec {
        var specification = tc_ratespec()
        specification.rate = UInt32(clamping: rate)
        specification.linklayer = UInt8(TC_LINKLAYER_ETHERNET.rawValue)
        return specification
    }

    static func deleteClass(_ minor: UInt32, tree: Int, interface: UInt32) -> NetlinkMessage {
        describing(rtnl_class_alloc(), kind, interface, handle: QueueID.classID(minor, tree: tree)) { object in
            NetlinkMessage { rtnl_class_build_delete_request(object, &$0) }
        }
    }

    /// Gives a leaf its bfifo (`NLM_F_CREATE | NLM_F_REPLACE`; what waits is lost), or changes the limit of the one
    /// there is (no flags; nothing is lost).
    static func setLeaf(
        _ minor: UInt32, tree: Int, limit: UInt32, flags: Int32, interface: UInt32
    ) -> NetlinkMessage {
        let message = NetlinkMessage(
            RTM_NEWQDISC, flags: flags,
            family: header(
                interface: interface, handle: leafHandle(minor, tree: tree),
                parent: QueueID.classID(minor, tree: tree)))
        message.put(TCA_KIND, leafKind)
        message.put(TCA_OPTIONS, tc_fifo_qopt(limit: limit))
        return message
    }

    static func defaultMinor(_ root: NetlinkAttributes) -> UInt32? {
        root.nested(TCA_OPTIONS).value(TCA_HTB_INIT, as: tc_htb_glob.self)?.defcls
    }

    /// Fills in what libnl-route's object of a qdisc or class has in common, and frees it after its use.
    private static func describing(
        _ object: OpaquePointer, _ kind: String, _ interface: UInt32, handle: UInt32, parent: UInt32 = 0,
        _ use: (OpaquePointer) -> NetlinkMessage
    ) -> NetlinkMessage {
        defer { nl_object_put(object) }
        rtnl_tc_set_ifindex(object, Int32(bitPattern: interface))
        rtnl_tc_set_handle(object, handle)
        rtnl_tc_set_parent(object, parent)
        mustSucceed(rtnl_tc_set_kind(object, kind))
        return use(object)
    }
}

extension NetlinkMessage {
    /// Adds to what libnl-route put into the options, the last attribute of a qdisc's message.
    fileprivate func extendOptions(_ addition: () -> Void) {
        let options = nlmsg_find_attr(nlmsg_hdr(message), Int32(MemoryLayout<tcmsg>.size), Int32(TCA_OPTIONS))!
        addition()
        mustSucceed(nla_nest_end(message, options))
    }
}

extension HTBClass {
    /// - Parameter queueLimits: of our leaf qdiscs, by class id.
    init?(_ reply: NetlinkReply, queueLimits: [UInt32: UInt32]) {
        let options = reply.attributes(after: tcmsg.self).nested(TCA_OPTIONS)
        guard let header = reply.family(tcmsg.self),
            let parameters = options.value(TCA_HTB_PARMS, as: tc_htb_opt.self)
        else { return nil }
        self.init(
            minor: header.tcm_handle & 0xFFFF,
            parentMinor: header.tcm_parent == TC_H_ROOT ? 0 : header.tcm_parent & 0xFFFF,
            priority: parameters.prio,
            rate: options.value(TCA_HTB_RATE64) ?? UInt64(parameters.rate.rate),
            ceiling: options.value(TCA_HTB_CEIL64) ?? UInt64(parameters.ceil.rate),
            burst: parameters.buffer, ceilingBurst: parameters.cbuffer, quantum: parameters.quantum,
            queueLimit: queueLimits[header.tcm_handle], tree: Int((header.tcm_handle - QueueID.root) >> 16))
    }
}
