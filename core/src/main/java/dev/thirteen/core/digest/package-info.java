/** Digests: how models, bases, adapters and blobs are known. */
@NullMarked
package dev.thirteen.core.digest;

import org.jspecify.annotations.NullMarked;
