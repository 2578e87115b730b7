import CBPF

/// The kernel's functions that the programs in `bpf/` call, and which of them this kernel lacks.
package enum Helpers {
    /// By the name the programs call them by, without `bpf_`. All are called from tc.
    static let used: [(name: String, id: bpf_func_id)] = [
        ("clone_redirect", BPF_FUNC_clone_redirect),
        ("csum_diff", BPF_FUNC_csum_diff),
        ("get_hash_recalc", BPF_FUNC_get_hash_recalc),
        ("ktime_get_coarse_ns", BPF_FUNC_ktime_get_coarse_ns),
        ("ktime_get_ns", BPF_FUNC_ktime_get_ns),
        ("l3_csum_replace", BPF_FUNC_l3_csum_replace),
        ("l4_csum_replace", BPF_FUNC_l4_csum_replace),
        ("map_lookup_elem", BPF_FUNC_map_lookup_elem),
        ("map_update_elem", BPF_FUNC_map_update_elem),
        ("redirect", BPF_FUNC_redirect),
        ("redirect_peer", BPF_FUNC_redirect_peer),
        ("skb_adjust_room", BPF_FUNC_skb_adjust_room),
        ("skb_change_tail", BPF_FUNC_skb_change_tail),
        ("skb_get_tunnel_key", BPF_FUNC_skb_get_tunnel_key),
        ("skb_load_bytes", BPF_FUNC_skb_load_bytes),
        ("skb_pull_data", BPF_FUNC_skb_pull_data),
        ("skb_set_tunnel_key", BPF_FUNC_skb_set_tunnel_key),
        ("skb_store_bytes", BPF_FUNC_skb_store_bytes),
        ("skb_vlan_pop", BPF_FUNC_skb_vlan_pop),
        ("skb_vlan_push", BPF_FUNC_skb_vlan_push),
    ]

    /// Those that this kernel's verifier does not know. Needs the right to load programs.
    static func missing() throws(KernelError) -> [String] {
        shaper_log_capture()
        var missing: [String] = []
        for helper in used {
            let answer = libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, helper.id, nil)
            guard answer >= 0 else {
                throw KernelError(operation: "probe", subject: "helper bpf_\(helper.name)", errno: -answer)
            }
            if answer == 0 { missing.append("bpf_" + helper.name) }
        }
        return missing
    }
}
