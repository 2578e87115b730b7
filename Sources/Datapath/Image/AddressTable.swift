import CBPF
import Policy

/// A slice's own table of learned addresses: an inner map of `fdbs`. It outlives generations.
package enum AddressTable {
    private static let schema = MapSchema("fdb", UInt32.self, shaper_fdb_bucket.self)

    /// A power of two; together at most `macLimit` addresses (at least one bucket of eight).
    static func buckets(macLimit: UInt32) -> Int {
        let wanted = max(1, Int(macLimit) / Int(SHAPER_FDB_WAYS.rawValue))
        return 1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount)
    }

    /// Buckets of a slice's table now; 0: it has none.
    static func size(_ maps: Maps, slice: Int) throws(KernelError) -> Int {
        guard let table = try open(maps, slice: slice) else { return 0 }
        var info = bpf_map_info()
        var length = UInt32(MemoryLayout<bpf_map_info>.size)
        let code = bpf_obj_get_info_by_fd(table.raw, &info, &length)
        guard code == 0 else {
            throw KernelError(operation: "inspect", subject: "address table \(slice)", errno: failure(code))
        }
        return Int(info.max_entries)
    }

    /// Gives slices empty tables. What the old ones knew is learned again.
    static func install(_ tables: [(slice: Int, buckets: Int)], in maps: Maps) throws(KernelError) {
        // The kernel waits out an RCU grace period at each write to a map of maps, so many tables go in one. Each is
        // an open file until then, of which a process may have 1,024.
        for start in stride(from: 0, to: tables.count, by: 256) {
            let group = tables[start..<min(start + 256, tables.count)]
            var made: [BPFMap] = []
            for table in group { made.append(try make(table.slice, buckets: table.buckets)) }
            try maps.fdbs.set(group.map { UInt32($0.slice) }, values: made.map(\.raw))
        }
    }

    private static func make(_ slice: Int, buckets: Int) throws(KernelError) -> BPFMap {
        var options = bpf_map_create_opts()
        options.sz = optionsSize(through: \bpf_map_create_opts.map_flags)
        options.map_flags = UInt32(BPF_F_INNER_MAP)
        let code = bpf_map_create(
            BPF_MAP_TYPE_ARRAY, "fdb", 4, UInt32(MemoryLayout<shaper_fdb_bucket>.size), UInt32(buckets), &options)
        guard code >= 0 else {
            throw KernelError(operation: "make", subject: "address table \(slice)", errno: failure(code))
        }
        return try BPFMap(FileDescriptor(code), schema: schema, pinnedAt: "fdbs[\(slice)]")
    }

    /// A learned address.
    package struct Entry: Sendable, Equatable {
        package var mac: MACAddress
        /// Port index, or peer index with `SHAPER_PLACE_PEER`.
        package var place: UInt32
        /// CLOCK_MONOTONIC, nanoseconds.
        package var seen: UInt64
    }

    static func entries(_ maps: Maps, slice: Int) throws(KernelError) -> [Entry] {
        guard let table = try open(maps, slice: slice) else { return [] }
        let map = try BPFMap(table, schema: schema, pinnedAt: "fdbs[\(slice)]")
        let bytes = try map.all().values
        return bytes.withUnsafeBytes {
            $0.bindMemory(to: shaper_fdb_entry.self).compactMap { entry in
                entry.mac_place == 0
                    ? nil
                    : Entry(
                        mac: MACAddress(value: entry.mac_place >> 16), place: UInt32(entry.mac_place & 0xffff),
                        seen: entry.seen)
            }
        }
    }

    private static func open(_ maps: Maps, slice: Int) throws(KernelError) -> FileDescriptor? {
        guard let id = try maps.fdbs.value(UInt32(slice), initially: UInt32(0)) else { return nil }
        let code = bpf_map_get_fd_by_id(id)
        guard code >= 0 else {
            throw KernelError(operation: "open", subject: "address table \(slice)", errno: failure(code))
        }
        return FileDescriptor(code)
    }
}
