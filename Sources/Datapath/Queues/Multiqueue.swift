import CBPF

/// The mq qdisc, which has a child for each transmit queue, and the filters of the trees in it.
enum Multiqueue {
    static let kind = "mq"

    static func addRoot(interface: UInt32, replacing: Bool) -> NetlinkMessage {
        let message = NetlinkMessage(
            RTM_NEWQDISC, flags: NLM_F_CREATE | (replacing ? NLM_F_REPLACE : NLM_F_EXCL),
            family: HTB.header(interface: interface, handle: QueueID.multiqueue, parent: TC_H_ROOT))
        message.put(TCA_KIND, kind)
        return message
    }

    /// Ours among the filters of a tree: a fixed place, so that setting it twice is setting it once.
    private static let handle: UInt32 = 1
    private static let priority: UInt32 = 1

    /// Has a program name the class of each packet in a tree, in the place of the one that does, if any.
    static func setClassifier(_ tree: Int, program: borrowing FileDescriptor, interface: UInt32) -> NetlinkMessage {
        let message = NetlinkMessage(
            RTM_NEWTFILTER, flags: NLM_F_CREATE, family: place(tree, handle: handle, interface: interface))
        message.put(TCA_KIND, "bpf")
        let descriptor = UInt32(bitPattern: program.raw)
        message.nest(TCA_OPTIONS) {
            // The class id's major; the program gives the minor.
            message.put(TCA_BPF_CLASSID, QueueID.tree(tree))
            message.put(TCA_BPF_FD, descriptor)
            message.put(TCA_BPF_NAME, Program.treeClass.rawValue)
            message.put(TCA_BPF_FLAGS, UInt32(TCA_BPF_FLAG_ACT_DIRECT))
        }
        return message
    }

    static func listClassifiers(_ tree: Int, interface: UInt32) -> NetlinkMessage {
        NetlinkMessage(RTM_GETTFILTER, flags: NLM_F_DUMP, family: place(tree, handle: 0, interface: interface))
    }

    /// The program of the tree's filter that is ours, as the kernel answers `listClassifiers`.
    static func classifier(_ replies: [NetlinkReply], tree: Int) -> UInt32? {
        for reply in replies {
            let options = reply.attributes(after: tcmsg.self).nested(TCA_OPTIONS)
            guard reply.family(tcmsg.self)?.tcm_handle == handle,
                options.value(TCA_BPF_CLASSID) == QueueID.tree(tree)
            else { continue }
            return options.value(TCA_BPF_ID)
        }
        return nil
    }

    private static func place(_ tree: Int, handle: UInt32, interface: UInt32) -> tcmsg {
        var place = HTB.header(interface: interface, handle: handle, parent: QueueID.tree(tree))
        place.tcm_info = priority << 16 | UInt32(UInt16(ETH_P_ALL).bigEndian)
        return place
    }
}
