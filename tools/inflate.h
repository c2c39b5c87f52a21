static int gzip_is(const unsigned char *bytes, size_t size) { return size > 2 && bytes[0] == 0x1f && bytes[1] == 0x8b; }
static int gzip_read(run *r, const char *path, const unsigned char *bytes, size_t size, size_t limit,
                     const unsigned char **out, size_t *out_size) {
    (void)bytes, (void)size, (void)limit, (void)out, (void)out_size;
    return run_fail(r, CLIP_ERROR_UNSUPPORTED, "%s: gzip", path);
}
