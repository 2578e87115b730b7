import CBPF
import Glibc

/// A map of the contract: its name, and what its keys and values are. Checked when it is opened.
package struct MapSchema: Sendable {
    package var name: String
    package var keySize: Int
    package var valueSize: Int

    package init<Key, Value>(_ name: String, _ key: Key.Type, _ value: Value.Type) {
        self.init(name, keySize: MemoryLayout<Key>.stride, valueSize: MemoryLayout<Value>.stride)
    }

    package init(_ name: String, keySize: Int, valueSize: Int) {
        self.name = name
        self.keySize = keySize
        self.valueSize = valueSize
    }
}

/// An open map. Keys and values are plain C structs of the contract, or raw bytes.
package final class BPFMap: Sendable {
    package let name: String
    package let keySize: Int
    package let valueSize: Int
    package let capacity: Int
    private let descriptor: FileDescriptor

    var raw: Int32 { descriptor.raw }

    /// - Throws: where the map's layout is not the schema's.
    init(_ descriptor: consuming FileDescriptor, schema: MapSchema, pinnedAt path: String) throws(KernelError) {
        var info = bpf_map_info()
        var length = UInt32(MemoryLayout<bpf_map_info>.size)
        let code = bpf_obj_get_info_by_fd(descriptor.raw, &info, &length)
        guard code == 0 else {
            throw KernelError(operation: "inspect", subject: "map \(schema.name)", errno: failure(code))
        }
        guard Int(info.key_size) == schema.keySize, Int(info.value_size) == schema.valueSize else {
            throw KernelError(
                operation: "use", subject: "map \(path)", errno: EPROTO,
                detail: "it has keys of \(info.key_size) and values of \(info.value_size) bytes where this version has "
                    + "\(schema.keySize) and \(schema.valueSize): another version pinned it. Run that version's "
                    + "`shaperctl unload`, or this one's, then apply the policy again")
        }
        name = schema.name
        keySize = schema.keySize
        valueSize = schema.valueSize
        capacity = Int(info.max_entries)
        self.descriptor = descriptor
    }

    /// Opens the map pinned in a folder.
    convenience init(pinned schema: MapSchema, in folder: String) throws(KernelError) {
        let path = "\(folder)/\(schema.name)"
        let code = bpf_obj_get(path)
        guard code >= 0 else { throw KernelError(operation: "open", subject: "map \(path)", errno: failure(code)) }
        try self.init(FileDescriptor(code), schema: schema, pinnedAt: path)
    }

    /// The kernel's number for it, which no other map ever has.
    func identity() throws(KernelError) -> UInt32 {
        var info = bpf_map_info()
        var length = UInt32(MemoryLayout<bpf_map_info>.size)
        let code = bpf_obj_get_info_by_fd(raw, &info, &length)
        guard code == 0 else { throw error("inspect", code) }
        return info.id
    }

    /// nil: no such entry.
    package func value<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        _ key: Key, initially: Value
    ) throws(KernelError) -> Value? {
        var value = initially
        let code = withUnsafePointer(to: key) { key in
            withUnsafeMutablePointer(to: &value) { bpf_map_lookup_elem(raw, key, $0) }
        }
        if code == 0 { return value }
        if failure(code) == ENOENT { return nil }
        throw error("read", code)
    }

    /// Every CPU's value of an entry of a per-CPU array.
    func perCPU<Value: BitwiseCopyable>(_ key: UInt32, cpus: Int, initially: Value) throws(KernelError) -> [Value] {
        var values = [Value](repeating: initially, count: cpus)
        let code = withUnsafePointer(to: key) { key in
            values.withUnsafeMutableBytes { bpf_map_lookup_elem(raw, key, $0.baseAddress) }
        }
        guard code == 0 else { throw error("read", code) }
        return values
    }

    package func set<Key: BitwiseCopyable, Value: BitwiseCopyable>(_ key: Key, _ value: Value) throws(KernelError) {
        let code = withUnsafePointer(to: key) { key in
            withUnsafePointer(to: value) { bpf_map_update_elem(raw, key, $0, UInt64(BPF_ANY)) }
        }
        guard code == 0 else { throw error("write", code) }
    }

    func set<Key: BitwiseCopyable>(_ key: Key, bytes: [UInt8]) throws(KernelError) {
        let code = withUnsafePointer(to: key) { key in
            bytes.withUnsafeBytes { bpf_map_update_elem(raw, key, $0.baseAddress, UInt64(BPF_ANY)) }
        }
        guard code == 0 else { throw error("write", code) }
    }

    /// Sets the entry to zero on every CPU.
    func clearPerCPU(_ key: UInt32, cpus: Int) throws(KernelError) {
        try set(key, bytes: [UInt8](repeating: 0, count: valueSize * cpus))
    }

    /// Lends the memory of an array's values, which is the kernel's own: what is written there, programs see at once.
    func withMemory(_ body: (UnsafeMutableRawBufferPointer) -> Void) throws(KernelError) {
        let length = capacity * valueSize
        let memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, raw, 0)
        guard let memory, memory != MAP_FAILED else { throw error("use the memory of", -1) }
        body(UnsafeMutableRawBufferPointer(start: memory, count: length))
        munmap(memory, length)
    }

    /// Writes many entries of an array at once.
    ///
    /// - Parameter values: as many as there are keys.
    func set(_ keys: [UInt32], values: UnsafeRawPointer?) throws(KernelError) {
        var length = UInt32(keys.count)
        let code = bpf_map_update_batch(raw, keys, values, &length, nil)
        guard code == 0 else { throw error("write", code) }
    }

    /// All entries, keys and values one after the other.
    func all() throws(KernelError) -> (keys: [UInt8], values: [UInt8]) {
        var keys = [UInt8](repeating: 0, count: capacity * keySize)
        var values = [UInt8](repeating: 0, count: capacity * valueSize)
        var done = 0
        var cursor = [UInt8](repeating: 0, count: max(keySize, 8))
        while done < capacity {
            var length = UInt32(capacity - done)
            let start = done == 0
            let code = keys.withUnsafeMutableBytes { keys in
                values.withUnsafeMutableBytes { values in
                    cursor.withUnsafeMutableBytes { cursor in
                        bpf_map_lookup_batch(
                            raw, start ? nil : cursor.baseAddress, cursor.baseAddress,
                            keys.baseAddress! + done * keySize, values.baseAddress! + done * valueSize, &length, nil)
                    }
                }
            }
            let reason = code == 0 ? 0 : failure(code)
            // ENOENT: that was the last of them.
            guard reason == 0 || reason == ENOENT else { throw error("read", code) }
            done += Int(length)
            if reason == ENOENT || length == 0 { break }
        }
        keys.removeLast((capacity - done) * keySize)
        values.removeLast((capacity - done) * valueSize)
        return (keys, values)
    }

    func remove(_ key: some BitwiseCopyable) throws(KernelError) {
        let code = withUnsafePointer(to: key) { bpf_map_delete_elem(raw, $0) }
        guard code == 0 || failure(code) == ENOENT else { throw error("remove from", code) }
    }

    private func error(_ operation: String, _ code: Int32) -> KernelError {
        let reason = failure(code)
        let full = reason == E2BIG || reason == ENOSPC
        return KernelError(
            operation: operation, subject: "map \(name)", errno: reason,
            detail: full ? "it holds \(capacity) entries" : nil)
    }
}
