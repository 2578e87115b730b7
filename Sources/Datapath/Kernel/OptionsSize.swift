/// How much of a libbpf option struct is given, for its `sz`: up to and including its last field that is set.
///
/// Not `MemoryLayout.size`: libbpf wants what is behind the fields it knows to be zero, and the padding at the end of a
/// struct made in Swift is whatever was there before.
func optionsSize<Options, Field>(through last: KeyPath<Options, Field>) -> Int {
    MemoryLayout<Options>.offset(of: last)! + MemoryLayout<Field>.size
}
