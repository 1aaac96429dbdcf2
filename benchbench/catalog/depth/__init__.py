"""What the families of depth models share: pictures in, maps out, and where an encoder under a head keeps its parts."""
