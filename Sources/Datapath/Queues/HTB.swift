import CBPF

/// HTB and its leaves in netlink's terms.
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

    /// A leaf's qdisc has its class's minor as its major: known without asking, and below our root's.
    static func leafHandle(_ minor: UInt32) -> UInt32 { minor << 16 }

    static func addRoot(interface: UInt32, replacing: Bool) -> NetlinkMessage {
        var request = NetlinkMessage(
            RTM_NEWQDISC, flags: NLM_F_CREATE | (replacing ? NLM_F_REPLACE : NLM_F_EXCL),
            family: header(interface: interface, handle: QueueID.root, parent: TC_H_ROOT))
        request.put(TCA_KIND, kind)
        request.nest(TCA_OPTIONS) {
            // rate2quantum is unused, for every class names its quantum; the kernel refuses 0.
            $0.put(
                TCA_HTB_INIT,
                tc_htb_glob(
                    version: UInt32(TC_HTB_PROTOVER), rate2quantum: 10, defcls: SHAPER_OWN_MINOR.rawValue, debug: 0,
                    direct_pkts: 0))
            $0.put(TCA_HTB_DIRECT_QLEN, directQueueLength)
        }
        return request
    }

    static func deleteRoot(interface: UInt32) -> NetlinkMessage {
        NetlinkMessage(RTM_DELQDISC, family: header(interface: interface, handle: QueueID.root, parent: TC_H_ROOT))
    }

    /// Makes a class, or changes the one there is: that is told by `flags`.
    static func setClass(_ queue: HTBClass, flags: Int32, interface: UInt32) -> NetlinkMessage {
        var request = NetlinkMessage(
            RTM_NEWTCLASS, flags: flags,
            family: header(
                interface: interface, handle: QueueID.classID(queue.minor), parent: QueueID.classID(queue.parentMinor)))
        request.put(TCA_KIND, kind)
        request.nest(TCA_OPTIONS) {
            $0.put(
                TCA_HTB_PARMS,
                tc_htb_opt(
                    rate: ratespec(queue.rate), ceil: ratespec(queue.ceiling), buffer: queue.burst,
                    cbuffer: queue.ceilingBurst, quantum: queue.quantum, level: 0, prio: queue.priority))
            if queue.rate > UInt32.max { $0.put(TCA_HTB_RATE64, queue.rate) }
            if queue.ceiling > UInt32.max { $0.put(TCA_HTB_CEIL64, queue.ceiling) }
        }
        return request
    }

    static func deleteClass(_ minor: UInt32, interface: UInt32) -> NetlinkMessage {
        NetlinkMessage(RTM_DELTCLASS, family: header(interface: interface, handle: QueueID.classID(minor)))
    }

    /// Gives a leaf its bfifo (`NLM_F_CREATE | NLM_F_REPLACE`; what waits is lost), or changes the limit of the one
    /// there is (no flags; nothing is lost).
    static func setLeaf(_ minor: UInt32, limit: UInt32, flags: Int32, interface: UInt32) -> NetlinkMessage {
        var request = NetlinkMessage(
            RTM_NEWQDISC, flags: flags,
            family: header(interface: interface, handle: leafHandle(minor), parent: QueueID.classID(minor)))
        request.put(TCA_KIND, leafKind)
        request.put(TCA_OPTIONS, tc_fifo_qopt(limit: limit))
        return request
    }

    static func defaultMinor(_ root: NetlinkAttributes) -> UInt32? {
        root.nested(TCA_OPTIONS).value(TCA_HTB_INIT, as: tc_htb_glob.self)?.defcls
    }

    /// Naming the link layer tells the kernel to work out times itself, instead of by a table that we would send.
    private static func ratespec(_ bytesPerSecond: UInt64) -> tc_ratespec {
        var spec = tc_ratespec()
        spec.linklayer = UInt8(TC_LINKLAYER_ETHERNET.rawValue)
        spec.rate = UInt32(clamping: bytesPerSecond)
        return spec
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
            queueLimit: queueLimits[header.tcm_handle])
    }
}
